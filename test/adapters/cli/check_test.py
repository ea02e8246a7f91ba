# SPDX-License-Identifier: MIT
"""`csgi check`: what is well is reported as well, what is broken by the id of its rule."""

import unittest

from command import CONFORM, EXAMPLES, HELLO, LAYERS, broken, csgi
import tap

QUICK = ("--limit", "1")


class Sound(unittest.TestCase):
    def judge(self, path, *arguments):
        result = csgi("check", path, "--limit", "30", *arguments)
        self.assertEqual((result.status, result.lines("FAIL"), result.err), (0, [], ""))
        self.assertRegex(result.out, r"\ncsgi: \d+ ok, 0 failed\n$")
        return result

    def test_examples(self):
        """the examples break no rule, whoever is asked for"""
        for path in (HELLO, EXAMPLES / "hello_sdk/hello_sdk.so"):
            with self.subTest(path=path.name):
                result = self.judge(path)
                rules = {line.split("]")[0] for line in result.lines("ok") if line[0] == "["}
                self.assertLessEqual({f"[LOAD-{n}" for n in (1, 3, 4, 5, 6, 7, 8, 9, 10)}, rules)
                self.assertIn("GET at /: 200, 14 bytes", result.lines("ok"))

    def test_conform(self):
        """the conform application breaks none on its paths, with and without a file"""
        self.judge(CONFORM, "--config", "file=/etc/hosts", "--path", "/", "--path", "/echo",
                   "--path", "/file", "--path", "/defer?ms=5", "--path", "/stream?n=30&size=9000")
        self.judge(CONFORM, "--path", "/file")

    def test_layers(self):
        """a middleware is judged round an application that is built in, and that is said"""
        for name, config in (("pass_through", ""), ("upper", ""), ("quote", ""),
                             ("add_header", "name=x-added,value=1")):
            with self.subTest(layer=name):
                arguments = ("--config", config) if config else ()
                result = self.judge(LAYERS / f"{name}.so", *arguments)
                self.assertIn("judged round a small one that is built in", result.out)
                self.assertTrue([line for line in result.lines("ok") if "at /stream: 200" in line])

    def test_stack(self):
        """an application is judged inside the layers that are asked for"""
        result = self.judge(HELLO, "--use", LAYERS / "quote.so", "--use", LAYERS / "upper.so")
        self.assertIn("GET at /: 200, 16 bytes", result.lines("ok"))

    def test_extensions(self):
        """ext that knows an id exactly is well"""
        self.assertIn("[LOAD-9] ext answers NULL to ids that nobody has",
                      self.judge(broken("strict_ext")).lines("ok"))

    def test_one_constant(self):
        """one instance for all is well when it has no start, drain, stop or destroy [LOAD-7]"""
        self.assertIn("[LOAD-7] each create gives the same instance, which has no life of its own",
                      self.judge(broken("one_constant")).lines("ok"))

    def test_needs(self):
        """each capability that a module needs is taken away once, and named [LOAD-10]"""
        result = self.judge(broken("needs_trailers"))
        for name in ("TRAILERS_OUT", "SENDFILE"):
            self.assertIn(f"[LOAD-10] a host without {name} refuses it and says so",
                          result.lines("ok"))

    def test_exports(self):
        """a module that exports more than its entry gets a note"""
        said = " ".join(self.judge(broken("chatty")).lines("note"))
        if "__gcov" in said:
            self.skipTest("where coverage is counted, every module exports the counter's names")
        self.assertIn("exports more than csgi_entry_v1: chatter", said)


class Broken(unittest.TestCase):
    def judge(self, name, rule, what, *arguments):
        with self.subTest(module=name):
            result = csgi("check", broken(name), *(arguments or QUICK))
            self.assertEqual(result.status, 1, result.out)
            self.assertEqual(result.err, "")
            fails = result.lines("FAIL")
            self.assertTrue([line for line in fails if line.startswith(f"[{rule}] " if rule else "")
                             and what in line], result.out)
            summary = result.out.splitlines()[-1]
            self.assertRegex(summary, r"^csgi: \d+ ok, [1-9]\d* failed")
            if rule:
                self.assertIn(f"[{rule}]", summary)
            return result

    def test_symbols(self):
        """a module with an undefined symbol of ours is named with it, though it loads [LOAD-4]"""
        self.judge("undefined_ours", "LOAD-4", "csgi_helper_of_a_host")

    def test_side_effects(self):
        """check that leaves a descriptor, a thread or a child behind is found [LOAD-6]"""
        self.judge("check_leaves_file", "LOAD-6", "/dev/null")
        self.judge("check_leaves_child", "LOAD-6", "a child process")
        self.judge("check_leaves_thread", "LOAD-6", "2 more threads")

    def test_instances(self):
        """create that gives one instance twice, or two that share, is found [LOAD-7]"""
        self.judge("one_instance", "LOAD-7", "the same instance, which has start, drain, stop or")
        self.judge("one_changing", "LOAD-7", "the same instance, and the second changes it")
        result = self.judge("shared_state", "", "signal 6")
        self.assertIn("while: one instance goes on when another is destroyed", result.out)

    def test_sizes(self):
        """an instance smaller than version 1.0 of csgi_app, or of odd size, is found [LOAD-2]"""
        self.judge("small_app", "LOAD-2", "csgi_app of 16 bytes")
        self.judge("odd_app", "LOAD-2", "csgi_app of ")

    def test_reasons(self):
        """failing without a reason, past the end of err, or with *out changed is found [LOAD-8]"""
        self.judge("check_is_mute", "LOAD-8", "check failed and left no NUL-terminated reason")
        self.judge("create_is_mute", "LOAD-8", "create failed and left no NUL-terminated reason")
        self.judge("check_overruns", "LOAD-8", "wrote behind err")
        self.judge("create_touches_out", "LOAD-8", "changed *out")
        self.judge("start_is_mute", "LOAD-8", "start failed")

    def test_given_reasons(self):
        """a configuration that is refused is a failure that shows the reason"""
        self.judge("check_refuses", "", "there is no moon tonight")
        self.judge("create_refuses", "", "moon= is missing")
        self.judge("start_refuses", "", "the database is asleep")
        self.judge("create_makes_nothing", "LOAD-7", "made nothing")

    def test_extensions(self):
        """ext that answers to an id with something behind it is found [LOAD-9]"""
        self.judge("loose_ext", "LOAD-9", 'ext answers to "csgi.metrics/1x"')

    def test_answers(self):
        """answers that break a rule are reported by its id, and where [RES-6] [RES-2] [RET-1]"""
        self.judge("short_body", "RES-6", "GET at /")
        self.judge("bad_field", "RES-2", "GET at /")
        self.judge("lies", "RET-1", "GET at /")

    def test_few_words(self):
        """a rule that each request breaks is not told more than three times, and then counted"""
        fails = self.judge("short_body", "RES-6", "GET at /").lines("FAIL")
        self.assertEqual(len(fails), 4)
        self.assertRegex(fails[-1], r"^\[RES-6\] \d\d more of these$")

    def test_silence(self):
        """an answer that never comes is found, and does not keep the report waiting [RET-3]"""
        self.judge("never_answers", "RET-3", "GET at /", "--limit", "10")

    def test_exceptions(self):
        """an exception out of handle or check is found [RET-4]"""
        self.judge("throws", "RET-4", "thrown by handle")
        self.judge("throws", "RET-4", "check threw: thrown by check", "--config", "check=1")

    def test_crashes(self):
        """a crash, an exit and a hang end a step, not the report"""
        self.judge("crashes", "", "it crashed with signal 6 (Aborted) while: GET at /")
        self.judge("exits", "", "it ended the process with status 3 while: GET at /")
        self.judge("hangs", "", "it was not done in time while: GET at /", "--limit", "0.3")
        self.judge("check_crashes", "LOAD-6", "signal 6 (Aborted)")
        result = self.judge("check_hangs", "LOAD-6", "not done in time", "--limit", "0.3")
        self.assertIn("probes were left out", " ".join(result.lines("note")))


if __name__ == "__main__":
    tap.main()
