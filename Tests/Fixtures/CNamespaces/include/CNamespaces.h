#ifndef CNAMESPACES_H
#define CNAMESPACES_H

// Moves the calling thread, and no other, into the network namespace behind the descriptor. Needs root.
// Returns 0, or -1 with errno.
int namespaces_enter_network(int descriptor);

#endif
