// SPDX-License-Identifier: MIT
// What people write with libfcgi: one process, one request after the other.
// Usage: fcgi_hello SOCKET
#include <fcgiapp.h>
#include <stdio.h>

int main(int argc, char **argv) {
    FCGX_Request request;
    FCGX_Init();
    int listener = argc == 2 ? FCGX_OpenSocket(argv[1], 4096) : -1;
    if (listener < 0 || FCGX_InitRequest(&request, listener, 0)) {
        fprintf(stderr, "usage: fcgi_hello SOCKET\n");
        return 2;
    }
    while (FCGX_Accept_r(&request) >= 0) {
        FCGX_PutS("Status: 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 14\r\n\r\n"
                  "Hello, world!\n",
                  request.out);
        FCGX_Finish_r(&request);
    }
    return 0;
}
