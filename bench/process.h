/* What a run has cost this process so far, as the first fields of the one JSON line that it prints. */
#ifndef BENCH_PROCESS_H
#define BENCH_PROCESS_H

#include <stdio.h>
#include <sys/resource.h>
#include <time.h>

static double wall_s(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Linux lets a process inherit the peak that getrusage tells from whoever started it; /proc has its own. */
static double peak_mb(const struct rusage *usage) {
  FILE *status = fopen("/proc/self/status", "r");
  char line[256];
  long kb = usage->ru_maxrss;
  while (status && fgets(line, sizeof line, status)) sscanf(line, "VmHWM: %ld", &kb);
  if (status) fclose(status);
  return (double)kb / 1024;
}

static void print_cost(long requests, double started_s) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const double user_s = (double)usage.ru_utime.tv_sec + 1e-6 * (double)usage.ru_utime.tv_usec;
  const double system_s = (double)usage.ru_stime.tv_sec + 1e-6 * (double)usage.ru_stime.tv_usec;
  printf("{\"requests\":%ld,\"cpuS\":%.6f,\"wallS\":%.6f,\"maxRssMb\":%.2f", requests, user_s + system_s,
         wall_s() - started_s, peak_mb(&usage));
}

#endif
