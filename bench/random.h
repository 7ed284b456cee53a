/*
 * Random numbers for the C programs of the benchmark: one generator a purpose, all from one seed.
 * Generator: xoshiro256** (Blackman and Vigna, ACM TOMS 47(4), 2021), seeded by splitmix64.
 * Exponential and normal: ziggurat with 256 layers (Marsaglia and Tsang, J. Statistical Software 5(8), 2000).
 */
#ifndef BENCH_RANDOM_H
#define BENCH_RANDOM_H

#include <math.h>
#include <stdint.h>

typedef struct {
  uint64_t s[4];
} Random;

static uint64_t splitmix64(uint64_t *state) {
  uint64_t z = (*state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

/* The stream of one purpose: drawing more from one moves no other. */
static Random random_stream(uint64_t seed, uint64_t purpose) {
  uint64_t state = seed * 0x2545f4914f6cdd1du + purpose;
  Random random;
  for (int i = 0; i < 4; i++) random.s[i] = splitmix64(&state);
  return random;
}

static inline uint64_t rotated(uint64_t x, int bits) { return (x << bits) | (x >> (64 - bits)); }

static inline uint64_t random_bits(Random *random) {
  uint64_t *s = random->s;
  const uint64_t result = rotated(s[1] * 5, 7) * 9;
  const uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = rotated(s[3], 45);
  return result;
}

static inline double unit_of(uint64_t bits) { return (double)(bits >> 11) * 0x1p-53; }

/* Uniform on [0, 1). */
static inline double uniform(Random *random) { return unit_of(random_bits(random)); }

/*
 * Layers of equal area V under a falling density f: layer i reaches from 0 to x[i], its lower edge is at
 * height f(x[i]); layer 0 is the base with the tail, whose x is that of a rectangle of the same area.
 */
enum { LAYERS = 256 };
typedef struct {
  double x[LAYERS + 1], f[LAYERS + 1];
} Ziggurat;

static const double EXPONENTIAL_R = 7.69711747013104972, EXPONENTIAL_V = 0.0039496598225815571993;
static const double NORMAL_R = 3.6541528853610088, NORMAL_V = 0.00492867323399;
static Ziggurat exponential_ziggurat, normal_ziggurat;

static double exponential_density(double x) { return exp(-x); }
static double exponential_inverse(double y) { return -log(y); }
static double normal_density(double x) { return exp(-0.5 * x * x); }
static double normal_inverse(double y) { return sqrt(-2 * log(y)); }

static void fill_ziggurat(Ziggurat *z, double r, double v, double (*f)(double), double (*inverse)(double)) {
  z->x[0] = v / f(r);
  z->x[1] = r;
  for (int i = 2; i < LAYERS; i++) z->x[i] = inverse(f(z->x[i - 1]) + v / z->x[i - 1]);
  z->x[LAYERS] = 0;
  for (int i = 0; i <= LAYERS; i++) z->f[i] = f(z->x[i]);
}

/* Once, before the first draw. */
static void random_start(void) {
  fill_ziggurat(&exponential_ziggurat, EXPONENTIAL_R, EXPONENTIAL_V, exponential_density, exponential_inverse);
  fill_ziggurat(&normal_ziggurat, NORMAL_R, NORMAL_V, normal_density, normal_inverse);
}

/* Exponential with mean 1. */
static inline double exponential(Random *random) {
  const Ziggurat *z = &exponential_ziggurat;
  for (;;) {
    const uint64_t bits = random_bits(random);
    const int i = bits & 255;
    const double x = unit_of(bits) * z->x[i];
    if (x < z->x[i + 1]) return x;
    if (i == 0) return EXPONENTIAL_R - log(1 - uniform(random));
    if (z->f[i] + uniform(random) * (z->f[i + 1] - z->f[i]) < exp(-x)) return x;
  }
}

/* Beyond R: Marsaglia's exact method for the tail of the normal distribution. */
static double normal_tail(Random *random) {
  for (;;) {
    const double x = -log(1 - uniform(random)) / NORMAL_R;
    const double y = -log(1 - uniform(random));
    if (2 * y > x * x) return NORMAL_R + x;
  }
}

/* Standard normal. */
static inline double normal(Random *random) {
  const Ziggurat *z = &normal_ziggurat;
  for (;;) {
    const uint64_t bits = random_bits(random);
    const int i = bits & 255;
    const double sign = bits & 256 ? -1 : 1;
    const double x = unit_of(bits) * z->x[i];
    if (x < z->x[i + 1]) return sign * x;
    if (i == 0) return sign * normal_tail(random);
    if (z->f[i] + uniform(random) * (z->f[i + 1] - z->f[i]) < exp(-0.5 * x * x)) return sign * x;
  }
}

#endif
