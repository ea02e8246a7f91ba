// SPDX-License-Identifier: MIT
// TLS without a socket: what a client that OpenSSL plays can bring about.
#include "adapters/loop/tls.h"

#include <cstdlib>
#include <cstring>
#include <doctest/doctest.h>
#include <fcntl.h>
#include <memory>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <string>
#include <unistd.h>

namespace {

// A certificate for a fresh key, both as files that go with it.
class Certificate {
public:
    Certificate() {
        EVP_PKEY *key = EVP_EC_gen("P-256");
        X509 *cert = X509_new();
        X509_set_version(cert, 2);
        X509_gmtime_adj(X509_getm_notBefore(cert), 0);
        X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
        X509_set_pubkey(cert, key);
        X509_sign(cert, key, EVP_sha256());
        write(cert_, [&](FILE *file) { return PEM_write_X509(file, cert); });
        write(key_, [&](FILE *file) {
            return PEM_write_PrivateKey(file, key, nullptr, nullptr, 0, nullptr, nullptr);
        });
        X509_free(cert);
        EVP_PKEY_free(key);
    }
    ~Certificate() {
        unlink(cert_);
        unlink(key_);
    }
    Certificate(const Certificate &) = delete;
    Certificate &operator=(const Certificate &) = delete;

    const char *cert() const { return cert_; }
    const char *key() const { return key_; }

private:
    template <class Fn>
    static void write(char *path, Fn fn) {
        FILE *file = fdopen(mkstemp(path), "w");
        REQUIRE(fn(file) == 1);
        fclose(file);
    }

    char cert_[32] = "/tmp/csgi-cert-XXXXXX";
    char key_[32] = "/tmp/csgi-key-XXXXXX";
};

const csgi_transport no_transport = {};

// The two ends of a connection, and what is between them.
class Pair {
public:
    explicit Pair(int version) {
        char err[600];
        REQUIRE(csgi_host_init(&host, &no_transport, nullptr, 0, CSGI_LIT("test")) == CSGI_OK);
        context_ = csgi_tls_context_new(certificate_.cert(), certificate_.key(), err, sizeof err);
        REQUIRE(context_ != nullptr);
        REQUIRE(csgi_tls_init(&server, &host, context_));
        csgi_queue_init(&queue, &host);
        ctx_ = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_min_proto_version(ctx_, version);
        SSL_CTX_set_max_proto_version(ctx_, version);
        client = SSL_new(ctx_);
        SSL_set_bio(client, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_connect_state(client);
    }
    ~Pair() {
        csgi_queue_clear(&queue);
        csgi_tls_fini(&server);
        csgi_tls_context_free(context_);
        csgi_host_fini(&host);
        SSL_free(client);
        SSL_CTX_free(ctx_);
    }
    Pair(const Pair &) = delete;
    Pair &operator=(const Pair &) = delete;

    void shake_hands() {
        bool done = false;
        for (int i = 0; i < 10; i++) {
            SSL_do_handshake(client);
            to_server();
            done = csgi_tls_handshake(&server) == 1;
            to_client();
        }
        REQUIRE(done);
        REQUIRE(SSL_is_init_finished(client));
    }

    // What the client has written, as one block of input; the rest stays for the next.
    bool to_server() {
        csgi_block *block = csgi_pool_take(&host.io);
        int n =
            BIO_read(SSL_get_wbio(client), csgi_block_data(block), static_cast<int>(host.io.size));
        if (n <= 0) {
            csgi_pool_drop(&host.io, block);
            return false;
        }
        block->used = static_cast<uint32_t>(n);
        csgi_tls_feed(&server, block);
        return true;
    }

    void to_client() {
        while (server.owed) {
            size_t n = server.out->used - server.out_at;
            BIO_write(SSL_get_rbio(client), csgi_block_data(server.out) + server.out_at,
                      static_cast<int>(n));
            csgi_tls_sent(&server, n);
        }
    }

    std::string read_client() {
        std::string text;
        char buf[5000];
        int n;
        while ((n = SSL_read(client, buf, sizeof buf)) > 0)
            text.append(buf, static_cast<size_t>(n));
        return text;
    }

    csgi_host host;
    csgi_tls server = {};
    csgi_queue queue = {};
    SSL *client;

private:
    Certificate certificate_;
    csgi_tls_context *context_;
    SSL_CTX *ctx_;
};

ptrdiff_t read_server(Pair &pair) {
    char buf[16384];
    ptrdiff_t n;
    do n = csgi_tls_read(&pair.server, buf, sizeof buf);
    while (n > 0);
    return n;
}

} // namespace

TEST_CASE("what is queued is encrypted no further ahead than the limit, and stays queued") {
    for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        Pair pair(version);
        pair.shake_hands();
        std::string data(1 << 20, '\0'), received;
        for (size_t i = 0; i < data.size(); i++) data[i] = static_cast<char>(i * 7 + i / 256);
        csgi_queue_copy(&pair.queue, "head", 4);
        csgi_chunk chunk = {};
        chunk.mem = CSGI_MEM_STATIC;
        chunk.p = data.data();
        chunk.n = data.size();
        REQUIRE(csgi_queue_chunk(&pair.queue, &chunk, nullptr) == CSGI_OK);
        while (pair.queue.first) {
            const uint64_t before = pair.queue.bytes;
            uint64_t taken = 0;
            REQUIRE(csgi_tls_encrypt(&pair.server, &pair.queue, &taken));
            CHECK(pair.queue.bytes == before);
            CHECK(taken <= before);
            CHECK(taken < CSGI_TLS_AHEAD + 16384);
            // RFC 8446 5.2: a record may add at most 256 bytes and its head.
            CHECK(pair.server.owed <= taken + 6 * (256 + 5));
            pair.to_client();
            csgi_queue_advance(&pair.queue, taken);
            received += pair.read_client();
        }
        CHECK(received == "head" + data);
    }
}

TEST_CASE("small pieces share a record") {
    Pair pair(TLS1_3_VERSION);
    pair.shake_hands();
    static const std::string piece(3000, 'x'); // too large to be copied into the queue's block
    csgi_chunk chunk = {};
    chunk.mem = CSGI_MEM_STATIC;
    chunk.p = piece.data();
    chunk.n = piece.size();
    for (int i = 0; i < 5; i++) csgi_queue_chunk(&pair.queue, &chunk, nullptr);
    uint64_t taken;
    REQUIRE(csgi_tls_encrypt(&pair.server, &pair.queue, &taken));
    CHECK(taken == 15000);
    CHECK(pair.server.owed <= 15000 + 256 + 5);
}

TEST_CASE("a file that is shorter than it was said to be is sent as far as it goes, then fails") {
    Pair pair(TLS1_3_VERSION);
    pair.shake_hands();
    char path[] = "/tmp/csgi-short-XXXXXX";
    int fd = mkstemp(path);
    unlink(path);
    REQUIRE(write(fd, "12345", 5) == 5);
    csgi_chunk chunk = {};
    chunk.kind = CSGI_CHUNK_FILE;
    chunk.mem = CSGI_MEM_STATIC;
    chunk.fd = fd;
    chunk.n = 9;
    REQUIRE(csgi_queue_chunk(&pair.queue, &chunk, nullptr) == CSGI_OK);
    uint64_t taken;
    CHECK(csgi_tls_encrypt(&pair.server, &pair.queue, &taken));
    CHECK(taken == 5);
    csgi_queue_advance(&pair.queue, taken);
    CHECK_FALSE(csgi_tls_encrypt(&pair.server, &pair.queue, &taken));
    pair.to_client();
    CHECK(pair.read_client() == "12345");
    close(fd);
}

TEST_CASE("a client that asks for answers and reads none is given up before they are many") {
    Pair pair(TLS1_3_VERSION);
    pair.shake_hands();
    size_t most = 0;
    ptrdiff_t n = CSGI_TLS_MORE;
    for (int i = 0; i < 100000 && n == CSGI_TLS_MORE; i++) {
        SSL_key_update(pair.client, SSL_KEY_UPDATE_REQUESTED);
        SSL_do_handshake(pair.client);
        while (n == CSGI_TLS_MORE && pair.to_server()) n = read_server(pair);
        if (pair.server.owed > most) most = pair.server.owed;
    }
    CHECK(n == CSGI_TLS_BROKEN);
    CHECK(most > CSGI_TLS_AHEAD);
    CHECK(most <= 2 * CSGI_TLS_AHEAD + 100);
}

TEST_CASE("the keys may be changed on the way") {
    Pair pair(TLS1_3_VERSION);
    pair.shake_hands();
    for (int i = 0; i < 10; i++) {
        SSL_key_update(pair.client, SSL_KEY_UPDATE_REQUESTED);
        SSL_write(pair.client, "x", 1);
        pair.to_server();
        CHECK(read_server(pair) == CSGI_TLS_MORE);
        csgi_queue_copy(&pair.queue, "answer", 6);
        uint64_t taken;
        REQUIRE(csgi_tls_encrypt(&pair.server, &pair.queue, &taken));
        csgi_queue_advance(&pair.queue, taken);
        pair.to_client();
        CHECK(pair.read_client() == "answer");
    }
}

TEST_CASE("nothing is negotiated anew in TLS 1.2 (CVE-2009-3555, CVE-2011-1473)") {
    Pair pair(TLS1_2_VERSION);
    pair.shake_hands();
    REQUIRE(SSL_renegotiate(pair.client) == 1);
    for (int i = 0; i < 5; i++) { // as many turns as it takes, were it allowed
        SSL_do_handshake(pair.client);
        if (pair.to_server()) read_server(pair);
        pair.to_client();
    }
    CHECK(SSL_do_handshake(pair.client) != 1);
}

TEST_CASE("half a record is nothing that waits, a whole one that was not fetched is") {
    Pair pair(TLS1_3_VERSION);
    pair.shake_hands();
    SSL_write(pair.client, "0123456789", 10);
    char record[100], buf[4];
    int n = BIO_read(SSL_get_wbio(pair.client), record, sizeof record);
    auto feed = [&](const char *p, size_t size) {
        csgi_block *block = csgi_pool_take(&pair.host.io);
        memcpy(csgi_block_data(block), p, size);
        block->used = static_cast<uint32_t>(size);
        csgi_tls_feed(&pair.server, block);
    };
    feed(record, 7);
    CHECK(csgi_tls_waiting(&pair.server));
    CHECK(csgi_tls_read(&pair.server, buf, sizeof buf) == CSGI_TLS_MORE);
    CHECK_FALSE(csgi_tls_waiting(&pair.server));
    feed(record + 7, static_cast<size_t>(n) - 7);
    CHECK(csgi_tls_read(&pair.server, buf, sizeof buf) == 4);
    CHECK(csgi_tls_waiting(&pair.server));
    CHECK(csgi_tls_read(&pair.server, buf, sizeof buf) == 4);
    CHECK(csgi_tls_read(&pair.server, buf, sizeof buf) == 2);
    CHECK(csgi_tls_read(&pair.server, buf, sizeof buf) == CSGI_TLS_MORE);
    CHECK_FALSE(csgi_tls_waiting(&pair.server));
}

TEST_CASE("an idle connection holds no block") {
    Pair pair(TLS1_3_VERSION);
    pair.shake_hands();
    SSL_write(pair.client, "x", 1);
    pair.to_server();
    CHECK(read_server(pair) == CSGI_TLS_MORE);
    CHECK(pair.server.in == nullptr);
    CHECK(pair.server.out == nullptr);
}
