# SPDX-License-Identifier: MIT
"""Runs a file's unittest cases and writes TAP: `import tap`, then `tap.main()` at the end.

A case's title is the first line of its docstring. Arguments that are not unittest's are left in
tap.arguments.
"""

import sys
import unittest

arguments = sys.argv[1:]


class TapResult(unittest.TestResult):
    def __init__(self, stream, descriptions, verbosity):
        super().__init__(stream, descriptions, verbosity)
        self.out = stream
        self.subtests_failed = set()

    def line(self, ok, test, directive=""):
        title = test.shortDescription() or test.id()
        self.out.write(f"{'ok' if ok else 'not ok'} {self.testsRun} - {title}{directive}\n")
        self.out.flush()

    def comment(self, text):
        for line in text.rstrip().splitlines():
            self.out.write(f"# {line}\n")

    def addSuccess(self, test):
        super().addSuccess(test)
        if test not in self.subtests_failed:
            self.line(True, test)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.comment(f"{subtest._subDescription()}: {self.explain(err)}")
            if test not in self.subtests_failed:
                self.subtests_failed.add(test)
                self.line(False, test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.comment(self.explain(err))
        self.line(False, test)

    def addError(self, test, err):
        super().addError(test, err)
        self.comment(self._exc_info_to_string(err, test))
        # What fails before any case has run, such as setUpClass, has no number of its own.
        self.testsRun = max(self.testsRun, 1)
        self.line(False, test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.testsRun = max(self.testsRun, 1)
        self.line(True, test, f" # SKIP {reason}")

    @staticmethod
    def explain(err):
        # What a check says about the file it judged matters, not where the check stands.
        return str(err[1])


def main():
    suite = unittest.defaultTestLoader.loadTestsFromModule(sys.modules["__main__"])
    result = unittest.TextTestRunner(
        stream=sys.stdout, resultclass=TapResult, verbosity=0
    )._makeResult()
    suite.run(result)
    print(f"1..{result.testsRun}")
    sys.exit(0 if result.wasSuccessful() else 1)
