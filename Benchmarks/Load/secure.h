// TLS on the provider's side.
#pragma once
#include "peer.h"

// Reads certificate and key, both PEM.
void prepare_tls(const char *certificate, const char *private_key);

void begin_tls(struct peer *peer);
void end_tls(struct peer *peer);

// As receive() and offer().
ssize_t tls_receive(struct peer *peer, char *bytes, size_t size);
size_t tls_offer(struct peer *peer, const char *bytes, size_t size);
