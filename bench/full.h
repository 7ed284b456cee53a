/* The parts of full.c that hold no queueing: lists, slots, statistics, the controller's eyes and its policy. */
#ifndef BENCH_FULL_H
#define BENCH_FULL_H

#include "heap.h"
#include "process.h"
#include "random.h"

/* ---- lists through arrays ---- */
enum { NONE = -1, MAX_SERVERS = 256 };

typedef struct {
  int head, tail, count;
} List;
#define EMPTY ((List){NONE, NONE, 0})

static inline void list_append(List *list, int *next, int *previous, int item) {
  next[item] = NONE;
  previous[item] = list->tail;
  if (list->tail == NONE) list->head = item;
  else next[list->tail] = item;
  list->tail = item;
  list->count++;
}

static inline void list_remove(List *list, int *next, int *previous, int item) {
  if (previous[item] == NONE) list->head = next[item];
  else next[previous[item]] = next[item];
  if (next[item] == NONE) list->tail = previous[item];
  else previous[next[item]] = previous[item];
  list->count--;
}

static inline int list_shift(List *list, int *next, int *previous) {
  const int item = list->head;
  list_remove(list, next, previous, item);
  return item;
}

/* ---- slots of tries ---- */
enum TryState { QUEUED, AT_SERVER, ABANDONED };

/* `next`, `previous`: through the queue, a server's backlog or the free ones; `open_...`: all open ones. */
typedef struct {
  double *intended_ms, *sent_ms, *dispatched_ms, *demand_ms;
  int *state, *server, *retries, *next, *previous, *open_next, *open_previous;
  int capacity;
} Tries;

static void *larger(void *array, size_t bytes) {
  void *grown = realloc(array, bytes);
  if (!grown) abort();
  return grown;
}

static void grow(Tries *tries, List *free_tries) {
  const int from = tries->capacity, to = from ? 2 * from : 1024;
  double **doubles[] = {&tries->intended_ms, &tries->sent_ms, &tries->dispatched_ms, &tries->demand_ms};
  int **ints[] = {&tries->state,    &tries->server,    &tries->retries,      &tries->next,
                  &tries->previous, &tries->open_next, &tries->open_previous};
  for (size_t i = 0; i < sizeof doubles / sizeof *doubles; i++)
    *doubles[i] = larger(*doubles[i], sizeof(double) * (size_t)to);
  for (size_t i = 0; i < sizeof ints / sizeof *ints; i++)
    *ints[i] = larger(*ints[i], sizeof(int) * (size_t)to);
  tries->capacity = to;
  for (int slot = from; slot < to; slot++) list_append(free_tries, tries->next, tries->previous, slot);
}

/* ---- servers ---- */
enum ServerState { ABSENT, STARTING, READY, DRAINING, STOPPING };
typedef struct {
  enum ServerState state;
  int in_flight;
  int place; /* in the rotation */
  List backlog; /* its head is being worked on */
} Server;

/* ---- statistics ---- */
static const double SLA_LIMIT_MS = 500, SLA_SHARE = 0.95, SLA_WINDOW_MS = 10000;
/* Response times in us, log-linear: 1024 buckets an octave from 1024 us on, below that each us its own. */
enum { SUB_BITS = 10, OCTAVES = 26, BUCKETS = (OCTAVES + 1) << SUB_BITS };
/* The controller sees this many ticks back. */
enum { WINDOW_TICKS = 5, RING_TICKS = 8, ENDED_MASK = 0xffff };

/* A step function and its integral. */
typedef struct Steps {
  int value;
  double since_ms, integral_ms;
  void (*change)(struct Steps *, double, int);
} Steps;

/* Sums up to a tick, kept for the ticks of the window. */
typedef struct {
  double at_ms, response_ms, service_ms, ready_ms;
  long received, ended, failed;
} Reading;

typedef struct {
  long requests, answered, violations, retries, reversals;
  double response_ms, replica_ms;
  long histogram[BUCKETS];
  int window_count, *window_requests, *window_violations;
  int last_direction;
  /* what the controller sees: sums from the start, and the last ended tries in a ring */
  long received, ended, failed, ticks;
  double ended_response_ms, ended_service_ms;
  double ended_ring[ENDED_MASK + 1];
  Steps ready;
  Reading readings[RING_TICKS];
  double utilisation_sum, tick_p95_ms_sum;
} Statistics;

static void change_steps(Steps *steps, double now_ms, int change) {
  steps->integral_ms += steps->value * (now_ms - steps->since_ms);
  steps->since_ms = now_ms;
  steps->value += change;
}

static void start_statistics(Statistics *statistics, double end_ms) {
  statistics->window_count = (int)ceil(end_ms / SLA_WINDOW_MS);
  statistics->window_requests = calloc((size_t)statistics->window_count, sizeof(int));
  statistics->window_violations = calloc((size_t)statistics->window_count, sizeof(int));
  if (!statistics->window_requests || !statistics->window_violations) abort();
  statistics->ready.change = change_steps;
}

static inline int bucket_of(double ms) {
  const uint64_t us = (uint64_t)(ms * 1000 + 0.5);
  if (us < 1u << SUB_BITS) return (int)us;
  const int shift = 63 - __builtin_clzll(us) - SUB_BITS;
  const int bucket = ((shift + 1) << SUB_BITS) + (int)((us >> shift) - (1u << SUB_BITS));
  return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

/* The middle of a bucket, ms. */
static double value_of(int bucket) {
  if (bucket < 1 << SUB_BITS) return bucket / 1000.0;
  const int shift = (bucket >> SUB_BITS) - 1;
  const double low = (double)((uint64_t)((1 << SUB_BITS) + (bucket & ((1 << SUB_BITS) - 1))) << shift);
  return (low + ldexp(0.5, shift)) / 1000;
}

/* A request is over for good. */
static inline void note_request(Statistics *statistics, double intended_ms, double done_ms, int is_ok) {
  const double response_ms = done_ms - intended_ms;
  const int violates = !is_ok || !(response_ms < SLA_LIMIT_MS);
  const int window = (int)(intended_ms / SLA_WINDOW_MS);
  statistics->requests++;
  statistics->window_requests[window]++;
  statistics->violations += violates;
  statistics->window_violations[window] += violates;
  if (!is_ok) return;
  statistics->answered++;
  statistics->response_ms += response_ms;
  statistics->histogram[bucket_of(response_ms)]++;
}

/* A try has ended: the line that a proxy logs. `service_ms` is 0 where no server finished it. */
static inline void note_end(Statistics *statistics, double response_ms, double service_ms, int is_ok) {
  statistics->ended_ring[statistics->ended++ & ENDED_MASK] = response_ms;
  statistics->failed += !is_ok;
  statistics->ended_response_ms += response_ms;
  statistics->ended_service_ms += service_ms;
}

static void note_move(Statistics *statistics, int direction) {
  statistics->reversals += statistics->last_direction == -direction;
  statistics->last_direction = direction;
}

static void print_statistics(const Statistics *statistics) {
  long windows = 0, violated = 0, below = 0;
  for (int i = 0; i < statistics->window_count; i++) {
    if (statistics->window_requests[i] == 0) continue;
    windows++;
    violated += statistics->window_violations[i] > (1 - SLA_SHARE + 1e-12) * statistics->window_requests[i];
  }
  int p95 = 0;
  const double most = 0.95 * (double)statistics->answered;
  while (p95 < BUCKETS - 1 && (double)(below += statistics->histogram[p95]) < most) p95++;
  printf(",\"meanResponseMs\":%.6f,\"violationShare\":%.8f,\"windowViolationShare\":%.8f",
         statistics->response_ms / (double)statistics->answered,
         (double)statistics->violations / (double)statistics->requests, (double)violated / (double)windows);
  printf(",\"replicaSeconds\":%.3f,\"retries\":%ld,\"reversals\":%ld,\"responseMsP95\":%.4f",
         statistics->replica_ms / 1000, statistics->retries, statistics->reversals, value_of(p95));
  printf(",\"utilisationMean\":%.6f,\"tickMsP95Mean\":%.4f}\n",
         statistics->utilisation_sum / (double)statistics->ticks,
         statistics->tick_p95_ms_sum / (double)statistics->ticks);
}

/* ---- the controller ---- */
typedef struct {
  double now_ms;
  int in_flight, queued, ready, starting, draining;
} Gauges;

/* What the policy may see. NAN is unknown. Rates a second, over the last five seconds. */
typedef struct {
  Gauges gauges;
  double arrivals_per_s, completions_per_s, errors_per_s, response_ms_mean, response_ms_p95, utilisation;
} Observation;

/*
 * Type 7: linear between the two order statistics around (n - 1) p. A heap of the largest holds both: for p near 1
 * it is small, and most values are dismissed by one look at its top.
 */
static double upper_quantile(const double *ring, long first, long count, double p) {
  static Heap largest;
  const double position = (double)(count - 1) * p;
  const long below = (long)position;
  largest.count = 0;
  for (long i = 0; i < count; i++) {
    const double value = ring[(first + i) & ENDED_MASK];
    if (largest.count < count - below) heap_push(&largest, value, 0);
    else if (value > largest.at_ms[0]) heap_replace_top(&largest, value, 0);
  }
  const double low = largest.at_ms[0];
  if (largest.count == 1) return low;
  const double high = largest.count == 2 ? largest.at_ms[1] : fmin(largest.at_ms[1], largest.at_ms[2]);
  return low + (high - low) * (position - (double)below);
}

static Observation observe(Statistics *statistics, Gauges gauges) {
  change_steps(&statistics->ready, gauges.now_ms, 0);
  const Reading now = {.at_ms = gauges.now_ms,
                       .response_ms = statistics->ended_response_ms,
                       .service_ms = statistics->ended_service_ms,
                       .ready_ms = statistics->ready.integral_ms,
                       .received = statistics->received,
                       .ended = statistics->ended,
                       .failed = statistics->failed};
  statistics->readings[++statistics->ticks % RING_TICKS] = now;
  /* The run starts with nothing received and ended, so "up to tick 0" is all zeros. */
  const long first = statistics->ticks > WINDOW_TICKS ? statistics->ticks - WINDOW_TICKS : 0;
  const Reading *then = &statistics->readings[first % RING_TICKS];
  const double seconds = (now.at_ms - then->at_ms) / 1000;
  const long ended = now.ended - then->ended;
  Observation seen = {.gauges = gauges, .response_ms_mean = NAN, .response_ms_p95 = NAN, .arrivals_per_s = NAN};
  if (statistics->ticks > 1) seen.arrivals_per_s = (double)(now.received - then->received) / seconds;
  seen.completions_per_s = (double)ended / seconds;
  seen.errors_per_s = (double)(now.failed - then->failed) / seconds;
  seen.utilisation = (now.service_ms - then->service_ms) / (now.ready_ms - then->ready_ms);
  if (ended > 0) {
    if (ended > ENDED_MASK) abort();
    seen.response_ms_mean = (now.response_ms - then->response_ms) / (double)ended;
    seen.response_ms_p95 = upper_quantile(statistics->ended_ring, then->ended, ended, 0.95);
    statistics->tick_p95_ms_sum += seen.response_ms_p95;
  }
  statistics->utilisation_sum += seen.utilisation;
  return seen;
}

/* ---- the policy: bench/policy.ts in C ---- */
static const double HOLD_S = 0.104, UTILISATION = 0.65;
enum { LOWER_TICKS = 8 };

static int decide(const Observation *seen, int target, int max_replicas) {
  static int lower_ticks = 0;
  if (isnan(seen->arrivals_per_s)) return target;
  const int wished = (int)fmin(max_replicas, fmax(1, ceil(seen->arrivals_per_s * HOLD_S / UTILISATION)));
  lower_ticks = wished < target ? lower_ticks + 1 : 0;
  if (wished < target && lower_ticks < LOWER_TICKS) return target;
  lower_ticks = 0;
  return wished;
}

#endif
