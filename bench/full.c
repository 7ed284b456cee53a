/*
 * The full model of the benchmark (bench/cases.ts says what it is): full PERIODS SEED MAX_REPLICAS
 *
 *     arrivals -> proxy: one queue, leastconn, one connection a server -> servers, each with its backlog
 *     control tick each second -> start (takes time), drain, stop of servers
 *
 * Next arrival and next tick are plain variables, constant time-outs are lists in order of their deadline;
 * all else is in the heap. A try of a request is a slot: an index into the arrays `tries`. Times in ms.
 */
#include "full.h"

/* ---- the model ---- */
static const double LOW_PER_S = 60, HIGH_PER_S = 180, HALF_PERIOD_MS = 300000;
static const double READ_SHARE = 0.6;
static const double BLOCKING_MIN_MS = 5, BLOCKING_MAX_MS = 200, CPU_MU = 0.4, CPU_SIGMA = 0.24;
static const double OVERHEAD_MS = 1.6, TRANSIT_MS = 0.3, STOP_MS = 300;
static const double STARTUP_MEAN_MS = 1500, STARTUP_SIGMA = 0.2;
static const double CLIENT_TIMEOUT_MS = 10000, QUEUE_TIMEOUT_MS = 30000, BACKOFF_MS = 100;
static const double TICK_MS = 1000;
enum { MAX_CONN = 1, RETRIES = 1, INITIAL_REPLICAS = 10 };

/* ---- what happens next ---- */
/* What a heap entry means: a server's departure, its next change of state, or the retry of a slot. */
enum { DEPARTURE = 0, CHANGE = MAX_SERVERS, RETRY = 2 * MAX_SERVERS };
static Heap heap;
static double now_ms, next_arrival_ms, next_tick_ms, end_ms;
static Random gaps, classes, startups, jitter, blocking[2], cpu[2];

/* ---- requests ---- */
static Tries tries;
static List queue = EMPTY, open_tries = EMPTY, free_tries = EMPTY;
static int at_servers;
static uint64_t hand_overs;

/* ---- servers ---- */
static Server servers[MAX_SERVERS];
static int rotation[MAX_SERVERS], in_rotation; /* the ready ones, oldest first */
/* What leastconn goes by, of each in the rotation: connections, then the number of its last hand-over. */
static uint64_t load[MAX_SERVERS];
static const uint64_t CONNECTION = (uint64_t)1 << 48;
static int starting[MAX_SERVERS], in_start;    /* the starting ones, oldest first */
static int draining, costing;
static double costing_since_ms;

static int target = INITIAL_REPLICAS, max_replicas;
static Statistics statistics;

static void cost(int change) {
  const double until_ms = fmin(now_ms, end_ms);
  statistics.replica_ms += costing * (until_ms - costing_since_ms);
  costing_since_ms = until_ms;
  costing += change;
}

static int new_try(void) {
  if (free_tries.head == NONE) grow(&tries, &free_tries);
  return list_shift(&free_tries, tries.next, tries.previous);
}

static void free_try(int slot) { list_append(&free_tries, tries.next, tries.previous, slot); }

/* ---- the proxy ---- */
static void hand_over(int slot, int server) {
  Server *to = &servers[server];
  to->in_flight++;
  load[to->place] = (uint64_t)to->in_flight * CONNECTION + ++hand_overs;
  at_servers++;
  tries.state[slot] = AT_SERVER;
  tries.server[slot] = server;
  tries.dispatched_ms[slot] = now_ms;
  list_append(&to->backlog, tries.next, tries.previous, slot);
}

static void begin(int server) {
  heap_push(&heap, now_ms + tries.demand_ms[servers[server].backlog.head], DEPARTURE + server);
}

/* A server with room takes from the head of the queue; its thread may be busy with one that was given up. */
static void feed(int server) {
  while (queue.head != NONE && servers[server].state == READY && servers[server].in_flight < MAX_CONN) {
    const int is_idle = servers[server].backlog.head == NONE;
    hand_over(list_shift(&queue, tries.next, tries.previous), server);
    if (is_idle) begin(server);
  }
}

/* Fewest connections; among equals the one used longest ago. NONE where all are full. */
static int least_connections(void) {
  uint64_t least = UINT64_MAX;
  int best = 0;
  for (int i = 0; i < in_rotation; i++) {
    best = load[i] < least ? i : best;
    least = load[i] < least ? load[i] : least;
  }
  return least < MAX_CONN * CONNECTION ? rotation[best] : NONE;
}

/* A request ended at a server, or was given up there: its connection is free. */
static void disconnect(int server) {
  Server *from = &servers[server];
  from->in_flight--;
  at_servers--;
  if (from->state == READY) load[from->place] -= CONNECTION;
}

static void receive(int slot) {
  tries.sent_ms[slot] = now_ms;
  list_append(&open_tries, tries.open_next, tries.open_previous, slot);
  statistics.received++;
  const int server = least_connections();
  if (server == NONE) {
    tries.state[slot] = QUEUED;
    list_append(&queue, tries.next, tries.previous, slot);
    return;
  }
  const int is_idle = servers[server].backlog.head == NONE;
  hand_over(slot, server);
  if (is_idle) begin(server);
}

static void gone_idle(int server) {
  if (servers[server].state != DRAINING || servers[server].in_flight > 0) return;
  servers[server].state = STOPPING;
  heap_push(&heap, now_ms + STOP_MS, CHANGE + server);
}

/* A try ends, well or not: the client sends a failed one again after a pause, once. */
static void end_try(int slot, int is_ok, double service_ms) {
  list_remove(&open_tries, tries.open_next, tries.open_previous, slot);
  note_end(&statistics, now_ms - tries.sent_ms[slot], service_ms, is_ok);
  if (is_ok || tries.retries[slot] == RETRIES) {
    note_request(&statistics, tries.intended_ms[slot], now_ms + TRANSIT_MS, is_ok);
    return;
  }
  const int again = new_try();
  tries.intended_ms[again] = tries.intended_ms[slot];
  tries.demand_ms[again] = tries.demand_ms[slot];
  tries.retries[again] = tries.retries[slot] + 1;
  statistics.retries++;
  heap_push(&heap, now_ms + BACKOFF_MS * (0.5 + 0.5 * uniform(&jitter)), RETRY + again);
}

/* A queued one leaves the queue; one at a server frees its connection, but its server works it to the end. */
static void give_up(int slot) {
  if (tries.state[slot] == QUEUED) {
    list_remove(&queue, tries.next, tries.previous, slot);
    end_try(slot, 0, 0);
    free_try(slot);
    return;
  }
  const int server = tries.server[slot];
  tries.state[slot] = ABANDONED;
  disconnect(server);
  end_try(slot, 0, 0);
  feed(server);
  gone_idle(server);
}

/* The departure is on top of the heap: what its server does next replaces it. */
static void depart(int server) {
  Server *from = &servers[server];
  const int slot = list_shift(&from->backlog, tries.next, tries.previous);
  const int is_ok = tries.state[slot] == AT_SERVER;
  if (is_ok) {
    disconnect(server);
    if (queue.head != NONE && from->state == READY && from->in_flight < MAX_CONN)
      hand_over(list_shift(&queue, tries.next, tries.previous), server);
  }
  const int next = from->backlog.head;
  if (next != NONE) heap_replace_top(&heap, now_ms + tries.demand_ms[next], DEPARTURE + server);
  else heap_pop(&heap);
  if (is_ok) end_try(slot, 1, now_ms - tries.dispatched_ms[slot]);
  free_try(slot);
  gone_idle(server);
}

/* ---- the fleet ---- */
static int new_server(void) {
  int server = 0;
  while (server < MAX_SERVERS && servers[server].state != ABSENT) server++;
  if (server == MAX_SERVERS) abort();
  servers[server] = (Server){.state = STARTING, .backlog = EMPTY};
  cost(1);
  return server;
}

static void become_ready(int server) {
  servers[server].state = READY;
  servers[server].place = in_rotation;
  load[in_rotation] = 0;
  rotation[in_rotation++] = server;
  statistics.ready.change(&statistics.ready, now_ms, 1);
  feed(server);
}

static void stop(int server) {
  if (servers[server].backlog.head != NONE) heap_remove(&heap, DEPARTURE + server);
  while (servers[server].backlog.head != NONE)
    free_try(list_shift(&servers[server].backlog, tries.next, tries.previous));
  servers[server].state = ABSENT;
  draining--;
  cost(-1);
}

/* Starting or stopping comes to its end: on top of the heap. */
static void change(int server) {
  heap_pop(&heap);
  if (servers[server].state == STOPPING) return stop(server);
  int i = 0;
  while (starting[i] != server) i++;
  for (in_start--; i < in_start; i++) starting[i] = starting[i + 1];
  become_ready(server);
}

/* Starts what is missing; takes away those that still start first, then the newest ready ones. */
static void scale_to(int wanted) {
  while (in_start + in_rotation < wanted) {
    const int server = starting[in_start++] = new_server();
    const double mu = log(STARTUP_MEAN_MS) - STARTUP_SIGMA * STARTUP_SIGMA / 2;
    heap_push(&heap, now_ms + exp(mu + STARTUP_SIGMA * normal(&startups)), CHANGE + server);
  }
  while (in_start + in_rotation > wanted) {
    draining++;
    if (in_start > 0) {
      const int server = starting[--in_start];
      heap_remove(&heap, CHANGE + server);
      servers[server].state = STOPPING;
      heap_push(&heap, now_ms + STOP_MS, CHANGE + server);
      continue;
    }
    const int server = rotation[--in_rotation];
    servers[server].state = DRAINING;
    statistics.ready.change(&statistics.ready, now_ms, -1);
    gone_idle(server);
  }
}

/* ---- sources ---- */
/* A Poisson process whose rate jumps: what is left of the unit exponential goes on at the new rate. */
static double arrival_after(double from_ms) {
  double left = exponential(&gaps);
  double at_ms = from_ms;
  for (;;) {
    const long half = (long)(at_ms / HALF_PERIOD_MS);
    const double per_ms = (half % 2 == 0 ? LOW_PER_S : HIGH_PER_S) / 1000;
    const double jump_ms = (double)(half + 1) * HALF_PERIOD_MS;
    if (at_ms + left / per_ms < jump_ms) return at_ms + left / per_ms;
    left -= (jump_ms - at_ms) * per_ms;
    at_ms = jump_ms;
  }
}

static void arrive(void) {
  const int slot = new_try();
  const int class = uniform(&classes) < READ_SHARE ? 0 : 1;
  tries.intended_ms[slot] = now_ms;
  tries.retries[slot] = 0;
  tries.demand_ms[slot] = BLOCKING_MIN_MS + (BLOCKING_MAX_MS - BLOCKING_MIN_MS) * uniform(&blocking[class]) +
                          exp(CPU_MU + CPU_SIGMA * normal(&cpu[class])) + OVERHEAD_MS;
  next_arrival_ms = arrival_after(now_ms);
  if (next_arrival_ms >= end_ms) next_arrival_ms = INFINITY;
  receive(slot);
}

static void tick(void) {
  const Observation seen = observe(&statistics, (Gauges){.now_ms = now_ms,
                                                         .in_flight = at_servers,
                                                         .queued = queue.count,
                                                         .ready = in_rotation,
                                                         .starting = in_start,
                                                         .draining = draining});
  const int wanted = decide(&seen, target, max_replicas);
  if (wanted != target) note_move(&statistics, wanted > target ? 1 : -1);
  target = wanted;
  scale_to(target);
  next_tick_ms += TICK_MS;
  if (next_tick_ms > end_ms) next_tick_ms = INFINITY;
}

/* At equal times: departures and changes, arrivals, time-outs, ticks. */
static void run(void) {
  for (;;) {
    double at_ms = heap.count > 0 ? heap.at_ms[0] : INFINITY;
    enum { HEAP, ARRIVAL, CLIENT, QUEUE, TICK } what = HEAP;
    if (next_arrival_ms < at_ms) at_ms = next_arrival_ms, what = ARRIVAL;
    if (open_tries.head != NONE && tries.sent_ms[open_tries.head] + CLIENT_TIMEOUT_MS < at_ms)
      at_ms = tries.sent_ms[open_tries.head] + CLIENT_TIMEOUT_MS, what = CLIENT;
    if (queue.head != NONE && tries.sent_ms[queue.head] + QUEUE_TIMEOUT_MS < at_ms)
      at_ms = tries.sent_ms[queue.head] + QUEUE_TIMEOUT_MS, what = QUEUE;
    if (next_tick_ms < at_ms) at_ms = next_tick_ms, what = TICK;
    if (at_ms == INFINITY) return;
    now_ms = at_ms;
    if (what == ARRIVAL) arrive();
    else if (what == TICK) tick();
    else if (what != HEAP) give_up(what == CLIENT ? open_tries.head : queue.head);
    else if (heap.what[0] < CHANGE) depart(heap.what[0]);
    else if (heap.what[0] < RETRY) change(heap.what[0] - CHANGE);
    else {
      const int slot = heap.what[0] - RETRY;
      heap_pop(&heap);
      receive(slot);
    }
  }
}

int main(int count, char **arguments) {
  const double started_s = wall_s();
  if (count != 4) {
    fprintf(stderr, "usage: full PERIODS SEED MAX_REPLICAS\n");
    return 2;
  }
  const uint64_t seed = strtoull(arguments[2], NULL, 10);
  end_ms = 2 * HALF_PERIOD_MS * atof(arguments[1]);
  max_replicas = atoi(arguments[3]);
  random_start();
  gaps = random_stream(seed, 1), classes = random_stream(seed, 2);
  startups = random_stream(seed, 3), jitter = random_stream(seed, 4);
  for (int class = 0; class < 2; class++) {
    blocking[class] = random_stream(seed, 10 + (uint64_t)class);
    cpu[class] = random_stream(seed, 20 + (uint64_t)class);
  }
  start_statistics(&statistics, end_ms);
  for (int i = 0; i < INITIAL_REPLICAS; i++) become_ready(new_server());
  next_arrival_ms = arrival_after(0);
  next_tick_ms = TICK_MS;
  run();
  cost(0);
  print_cost(statistics.requests, started_s);
  print_statistics(&statistics);
  return 0;
}
