# SPDX-License-Identifier: MIT
"""Each call that can fail fails, one after the other: the server lives, the exchange that it hit
ends visibly, the next one is served, and nothing is left behind.
"""

import collections
import errno

from faults import END_OF_FILE, HALF, Mixed, ask, name_of, tell, wait_until
import tap

# kind -> what its calls do at run time.
FAULTS = {
    "receive": (errno.ECONNRESET, errno.EINTR, errno.EAGAIN, errno.ETIMEDOUT, errno.ENOMEM, HALF),
    "send": (errno.EPIPE, errno.ECONNRESET, errno.EINTR, errno.EAGAIN, errno.ENOBUFS, HALF),
    "sendfile": (errno.EPIPE, errno.EINTR, errno.EAGAIN, errno.EIO, errno.EINVAL, errno.ENOMEM,
                 HALF, END_OF_FILE),
    "accept": (errno.ECONNABORTED, errno.EINTR, errno.EMFILE, errno.ENFILE, errno.ENOMEM,
               errno.EPROTO),
    "open": (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EACCES),
    "file write": (errno.ENOSPC, errno.EIO, errno.EINTR, errno.EDQUOT, HALF),
}
# Faults that nobody outside may notice.
HARMLESS = {errno.EINTR, errno.EAGAIN, HALF}


class Calls(Mixed):
    def judge_rest(self, server, descriptors):
        """After a fault: it lives, serves, and holds no descriptor more than before."""
        self.assertTrue(server.alive, server.said()[-2000:])
        for request in self.requests[:2]:
            self.assertEqual(ask(server, request), "right", request.name)
        wait_until(lambda: server.descriptors() <= descriptors,
                   lambda: f"{server.descriptors()} descriptors, {descriptors} before")

    def sweep(self, kind, errors):
        with self.start() as server:
            self.assertEqual(self.run_all(server), self.whole)
            descriptors = self.settled(server)
            for error in errors:
                reached, tally = 0, collections.Counter()
                for at in range(1, 1000):
                    server.control.arm(kind, error, at)
                    outcomes = self.run_all(server)
                    server.control.disarm()
                    with self.subTest(kind=kind, error=name_of(error), call=at):
                        if error in HARMLESS or kind == "file write":
                            self.assertEqual(outcomes, self.whole)
                        self.judge_rest(server, descriptors)
                    tally.update(outcomes)
                    if not server.control.failed:
                        break
                    reached += 1
                self.assertGreater(reached, 0, f"no call of the kind {kind}")
                print(f"# {kind}, {name_of(error)}: {reached} calls failed: {tell(tally)}")
            self.assertEqual(server.end(), 0, server.said()[-2000:])

    def settled(self, server):
        """Its descriptors when nobody is connected."""
        last = [-1]

        def same():
            before, last[0] = last[0], server.descriptors()
            return before == last[0]
        wait_until(same, lambda: "rest")
        return last[0]


def add(kind):
    def test(self):
        self.sweep(kind, FAULTS[kind])
    test.__doc__ = f"every call of the kind '{kind}' fails in each way it can"
    setattr(Calls, f"test_{kind.replace(' ', '_')}", test)


for kind in FAULTS:
    add(kind)


if __name__ == "__main__":
    tap.main()
