// The clients: ask, check each answer, ask again.
#pragma once
#include "histogram.h"
#include "peer.h"

// Events that came, and answers that were whole, of all clients.
extern uint64_t arrived, answers;
extern struct histogram event_ns, head_ns, answer_ns;

// Opens the next client, and asks.
void open_client(void);
extern long opened, receiving; // clients; those that have got an event

void take_from_provider(struct peer *peer);

// The longest time that any stream has been without an event, nanoseconds.
uint64_t worst_gap(void);
