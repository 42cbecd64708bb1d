// The provider: answers each request as the mode says.
#pragma once
#include "peer.h"

// Streams that have begun; events that were sent; how late the worst of them was, nanoseconds.
extern long begun;
extern uint64_t sent_events, late_max;

void take_connection(struct peer *listener);
void take_from_gateway(struct peer *peer, uint32_t what);

// Sends the events whose moment has come, from the first at `start`, and sets the timer for the next. Returns the
// number of the next.
uint64_t send_due(int timer, uint64_t start, uint64_t next);
