# SPDX-License-Identifier: MIT
"""What the C headers say of offsets, sizes and numbers, for examples that wrote them down anew."""

import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def asked(fields, whole, constants):
    """{question: number}: "struct.field" for its offset, "struct.field size", "struct" for its size,
    "CONSTANT". `fields` are pairs of a struct and a field.
    """
    rows = []
    for struct, field in fields:
        rows.append((f"{struct}.{field}", f"offsetof({struct}, {field})"))
        rows.append((f"{struct}.{field} size", f"sizeof((({struct} *)0)->{field})"))
    rows += [(struct, f"sizeof({struct})") for struct in whole]
    rows += [(name, name) for name in constants]
    lines = "".join(f'printf("{name}=%lld\\n", (long long)({value}));\n' for name, value in rows)
    source = f"#include <csgi/serve.h>\n#include <stdio.h>\nint main(void) {{\n{lines}return 0; }}\n"
    with tempfile.TemporaryDirectory() as folder:
        program = f"{folder}/in_c"
        subprocess.run(["cc", "-x", "c", *(f"-I{ROOT}/{room}/include" for room in
                                           ("spec", "adapters")), "-", "-o", program],
                       input=source, text=True, check=True)
        return read(subprocess.run([program], capture_output=True, text=True, check=True).stdout)


def read(text):
    return {name: int(value) for name, value in
            (line.rsplit("=", 1) for line in text.splitlines())}
