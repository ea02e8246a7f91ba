# SPDX-License-Identifier: MIT
"""The application in Rust: its declarations are those of the C header, and its answers hello_c's.

Arguments: those of the command's tests.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent), str(HERE.parent / "adapters/cli")]
import in_c
import tap
from command import EXAMPLES, HELLO, Server, csgi

SOURCE = (in_c.ROOT / "examples/hello_rust/hello_rust.rs").read_text(encoding="utf-8")
MODULE = EXAMPLES / "hello_rust/hello_rust.so"
# Prints what the declarations came to, in the words of in_c.
PRINTER = """
fn size_behind<T>(_: *const T) -> usize { std::mem::size_of::<T>() }
macro_rules! field {
    ($kind:ident, $field:ident) => {{
        let there = std::mem::MaybeUninit::<$kind>::uninit();
        let at = unsafe { std::ptr::addr_of!((*there.as_ptr()).$field) };
        let name = concat!(stringify!($kind), ".", stringify!($field));
        println!("{}={}", name, at as usize - there.as_ptr() as usize);
        println!("{} size={}", name, size_behind(at));
    }};
}
"""


def declared(text):
    """(struct, field) for each field of each repr(C) struct."""
    for struct in re.finditer(r"#\[repr\(C\)\](?:\s*#\[[^\n]*\])*\s*pub struct (\w+) \{(.*?)\n\}", text,
                              re.S):
        for field in re.findall(r"^    pub (\w+):", struct[2], re.M):
            yield struct[1], field


def in_rust(text, fields, whole, constants):
    lines = [f"field!({struct}, {field});" for struct, field in fields]
    lines += [f'println!("{struct}={{}}", std::mem::size_of::<{struct}>());' for struct in whole]
    lines += [f'println!("{name}={{}}", {name});' for name in constants]
    with tempfile.TemporaryDirectory() as folder:
        source, program = Path(folder, "layout.rs"), Path(folder, "layout")
        source.write_text(f"{text}{PRINTER}fn main() {{\n" + "\n".join(lines) + "\n}\n")
        subprocess.run(["rustc", "--edition", "2021", "-A", "warnings", source, "-o", program],
                       check=True)
        return in_c.read(subprocess.run([program], capture_output=True, text=True,
                                        check=True).stdout)


class Rust(unittest.TestCase):
    def setUp(self):
        if not shutil.which("rustc") or subprocess.run(
                ["rustc", "--version"], capture_output=True, check=False).returncode:
            self.skipTest("no rustc here (Debian package rustc)")

    def test_layout(self):
        """every declaration has the offsets, sizes and numbers of the C header"""
        fields = list(declared(SOURCE))
        # The host's own struct is declared as far as it is read.
        whole = sorted({struct for struct, _ in fields} - {"csgi_request"})
        constants = re.findall(r"pub const (CSGI_\w+)", SOURCE)
        self.assertGreater(len(fields), 40)
        self.assertGreater(len(constants), 2)
        self.assertEqual(in_rust(SOURCE, fields, whole, constants),
                         in_c.asked(fields, whole, constants))

    def test_can_fail(self):
        """a field of the wrong size is noticed"""
        wrong = SOURCE.replace("pub status: u16", "pub status: u32")
        self.assertNotEqual(wrong, SOURCE)
        fields = list(declared(wrong))
        self.assertNotEqual(in_rust(wrong, fields, [], []), in_c.asked(fields, [], []))

    def test_check(self):
        """csgi check has nothing against it"""
        result = csgi("check", MODULE)
        self.assertEqual((result.status, result.lines("FAIL")), (0, []), result.out + result.err)
        self.assertGreater(len(result.lines("ok")), 20)

    def test_answers(self):
        """csgi run serves from it what it serves from hello_c"""
        asked = [("GET", "/", None), ("HEAD", "/", None), ("POST", "/any?where=at%20all", b"x" * 70000)]
        records = []
        for module in (HELLO, MODULE):
            with Server(module, "--workers", 2) as server:
                answers = [server.request(*one) for one in asked]
                records.append([(answer.status, answer.reason, sorted(
                    pair for pair in answer.getheaders() if pair[0] != "date"), body)
                    for answer, body in answers])
                status, _, err = server.end()
                self.assertEqual((status, err), (0, ""))
        self.assertEqual(records[0], records[1])
        self.assertEqual([record[3] for record in records[1]], [b"Hello, world!\n", b"",
                                                                 b"Hello, world!\n"])


if __name__ == "__main__":
    tap.main()
