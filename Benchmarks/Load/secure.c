#include "secure.h"
#include "load.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

static SSL_CTX *context;

void prepare_tls(const char *certificate, const char *private_key) {
    context = SSL_CTX_new(TLS_server_method());
    // One version and one cipher, whatever a proxy prefers: their costs are to be compared.
    if (!context || !SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) ||
        !SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") ||
        SSL_CTX_use_certificate_chain_file(context, certificate) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, private_key, SSL_FILETYPE_PEM) != 1)
        fail("the certificate or its key cannot be used");
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                  SSL_MODE_RELEASE_BUFFERS);
}

void begin_tls(struct peer *peer) {
    peer->tls = SSL_new(context);
    if (!peer->tls || SSL_set_fd(peer->tls, peer->fd) != 1) fail("no TLS");
    SSL_set_accept_state(peer->tls);
}

void end_tls(struct peer *peer) {
    SSL_free(peer->tls);
    peer->tls = NULL;
}

ssize_t tls_receive(struct peer *peer, char *bytes, size_t size) {
    int got = SSL_read(peer->tls, bytes, (int)size);
    if (got > 0) return got;
    int reason = SSL_get_error(peer->tls, got);
    ERR_clear_error();
    return reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE ? -1 : 0;
}

size_t tls_offer(struct peer *peer, const char *bytes, size_t size) {
    size_t sent = 0;
    while (sent < size) {
        int more = SSL_write(peer->tls, bytes + sent, (int)(size - sent));
        if (more <= 0) {
            int reason = SSL_get_error(peer->tls, more);
            if (reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE)
                fail("a peer is gone");
            break;
        }
        sent += (size_t)more;
    }
    return sent;
}
