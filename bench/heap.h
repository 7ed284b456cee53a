/* A binary heap of (time, what), the earliest on top, as two arrays: the calendar of the C programs. */
#ifndef BENCH_HEAP_H
#define BENCH_HEAP_H

#include <stdlib.h>

typedef struct {
  double *at_ms;
  int *what;
  int count, capacity;
} Heap;

static inline void heap_set(Heap *heap, int i, double at_ms, int what) {
  heap->at_ms[i] = at_ms;
  heap->what[i] = what;
}

static inline void heap_rise(Heap *heap, int hole, double at_ms, int what) {
  while (hole > 0) {
    const int parent = (hole - 1) / 2;
    if (heap->at_ms[parent] <= at_ms) break;
    heap_set(heap, hole, heap->at_ms[parent], heap->what[parent]);
    hole = parent;
  }
  heap_set(heap, hole, at_ms, what);
}

static inline void heap_sink(Heap *heap, int hole, double at_ms, int what) {
  for (;;) {
    int child = 2 * hole + 1;
    if (child >= heap->count) break;
    if (child + 1 < heap->count) child += heap->at_ms[child + 1] < heap->at_ms[child];
    if (at_ms <= heap->at_ms[child]) break;
    heap_set(heap, hole, heap->at_ms[child], heap->what[child]);
    hole = child;
  }
  heap_set(heap, hole, at_ms, what);
}

static inline void heap_push(Heap *heap, double at_ms, int what) {
  if (heap->count == heap->capacity) {
    heap->capacity = heap->capacity ? 2 * heap->capacity : 256;
    heap->at_ms = realloc(heap->at_ms, sizeof *heap->at_ms * (size_t)heap->capacity);
    heap->what = realloc(heap->what, sizeof *heap->what * (size_t)heap->capacity);
    if (!heap->at_ms || !heap->what) abort();
  }
  heap_rise(heap, heap->count++, at_ms, what);
}

/* The top is done and leads to another event: one walk down instead of a pop and a push. */
static inline void heap_replace_top(Heap *heap, double at_ms, int what) { heap_sink(heap, 0, at_ms, what); }

static inline void heap_pop(Heap *heap) {
  heap->count--;
  if (heap->count > 0) heap_sink(heap, 0, heap->at_ms[heap->count], heap->what[heap->count]);
}

/* Takes out one that will not happen; a search through all, for what is rare. */
static inline void heap_remove(Heap *heap, int what) {
  int i = 0;
  while (i < heap->count && heap->what[i] != what) i++;
  if (i == heap->count) return;
  heap->count--;
  if (i == heap->count) return;
  const double at_ms = heap->at_ms[heap->count];
  const int last = heap->what[heap->count];
  if (i > 0 && at_ms < heap->at_ms[(i - 1) / 2]) heap_rise(heap, i, at_ms, last);
  else heap_sink(heap, i, at_ms, last);
}

#endif
