/*
 * M/M/c with one queue, first come first served: mmc SERVERS RHO REQUESTS SEED
 * Service is exponential with mean 100 ms. An idle server is taken in the order in which they became idle
 * (leastconn among servers that have all 0 connections).
 */
#include "heap.h"
#include "process.h"
#include "random.h"

#define SERVICE_MS 100.0

int main(int count, char **arguments) {
  const double started_s = wall_s();
  if (count != 5) {
    fprintf(stderr, "usage: mmc SERVERS RHO REQUESTS SEED\n");
    return 2;
  }
  const int servers = atoi(arguments[1]);
  const double gap_ms = SERVICE_MS / (servers * atof(arguments[2]));
  const long requests = atol(arguments[3]);
  const uint64_t seed = strtoull(arguments[4], NULL, 10);
  random_start();
  Random gaps = random_stream(seed, 1), services = random_stream(seed, 2);

  Heap departures = {0};
  int *idle = malloc(sizeof *idle * (size_t)servers); /* a ring: taken at the front, given back at the end */
  int idle_count = servers, idle_front = 0;
  for (int i = 0; i < servers; i++) idle[i] = i;
  size_t queue_mask = 1023; /* a ring of arrival times */
  size_t queue_front = 0, queue_end = 0;
  double *queue_ms = malloc(sizeof *queue_ms * (queue_mask + 1));

  long arrived = 0;
  double arrival_ms = gap_ms * exponential(&gaps);
  double wait_ms_sum = 0, response_ms_sum = 0;
  while (arrived < requests || departures.count > 0) {
    if (arrived < requests && (departures.count == 0 || arrival_ms < departures.at_ms[0])) {
      if (idle_count > 0) {
        const double service_ms = SERVICE_MS * exponential(&services);
        heap_push(&departures, arrival_ms + service_ms, idle[idle_front]);
        idle_front = idle_front + 1 == servers ? 0 : idle_front + 1;
        idle_count--;
        response_ms_sum += service_ms;
      } else {
        if (queue_end - queue_front > queue_mask) {
          double *larger = malloc(sizeof *larger * 2 * (queue_mask + 1));
          for (size_t i = queue_front; i < queue_end; i++) larger[i & (2 * queue_mask + 1)] = queue_ms[i & queue_mask];
          free(queue_ms);
          queue_ms = larger;
          queue_mask = 2 * queue_mask + 1;
        }
        queue_ms[queue_end++ & queue_mask] = arrival_ms;
      }
      arrived++;
      arrival_ms += gap_ms * exponential(&gaps);
      continue;
    }
    const double now_ms = departures.at_ms[0];
    const int server = departures.what[0];
    if (queue_front < queue_end) {
      const double waited_ms = now_ms - queue_ms[queue_front++ & queue_mask];
      const double service_ms = SERVICE_MS * exponential(&services);
      heap_replace_top(&departures, now_ms + service_ms, server);
      wait_ms_sum += waited_ms;
      response_ms_sum += waited_ms + service_ms;
    } else {
      heap_pop(&departures);
      const int end = idle_front + idle_count;
      idle[end < servers ? end : end - servers] = server;
      idle_count++;
    }
  }
  print_cost(requests, started_s);
  printf(",\"meanResponseMs\":%.6f,\"meanWaitMs\":%.6f}\n", response_ms_sum / (double)requests,
         wait_ms_sum / (double)requests);
  return 0;
}
