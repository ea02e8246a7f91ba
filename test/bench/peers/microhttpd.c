// SPDX-License-Identifier: MIT
// A peer: the smallest server on GNU libmicrohttpd, one thread on epoll.
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static enum MHD_Result hello(void *arg, struct MHD_Connection *connection, const char *url,
                             const char *method, const char *version, const char *upload,
                             size_t *upload_n, void **seen) {
    (void)url, (void)method, (void)version, (void)upload, (void)upload_n;
    if (!*seen) { // called first with the head, then again to answer: as its manual wants it
        *seen = arg;
        return MHD_YES;
    }
    return MHD_queue_response(connection, MHD_HTTP_OK, arg);
}

int main(void) {
    static char text[] = "Hello, world!\n";
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct MHD_Response *response =
        MHD_create_response_from_buffer(sizeof text - 1, text, MHD_RESPMEM_PERSISTENT);
    sigset_t end;
    int number;
    sigemptyset(&end);
    sigaddset(&end, SIGTERM);
    sigprocmask(SIG_BLOCK, &end, NULL);
    MHD_add_response_header(response, "Content-Type", "text/plain");
    MHD_add_response_header(response, "Server", "microhttpd");
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD, 0, NULL, NULL, hello, response, MHD_OPTION_SOCK_ADDR, &at,
        MHD_OPTION_CONNECTION_LIMIT, 15000u, MHD_OPTION_END);
    if (!daemon) return 1;
    printf("listening on http://127.0.0.1:%u\n",
           MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_BIND_PORT)->port);
    fflush(stdout);
    sigwait(&end, &number);
    MHD_stop_daemon(daemon);
    MHD_destroy_response(response);
    return 0;
}
