/* Attention over packed texts, with the attention that each token receives.
 *
 * Computes reference.py faster, and is tested against it. One pass: for a few queries at a time, their logits,
 * softmax, share of the column sums and output never leave the first-level cache, so no (n, n) matrix is
 * written anywhere. One task is one head of one text; sums are added head by head at the end, so results do
 * not depend on the number of threads.
 *
 * Written with the vector extensions of GCC and Clang, so that one source serves every processor.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#if defined(__AVX__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
#define LANES 16
#define QUERIES 8 /* QUERIES x 2 accumulators stay in registers */
#elif defined(__AVX__)
#define LANES 8
#define QUERIES 4
#else
#define LANES 4
#define QUERIES 4
#endif
#define STEP (2 * LANES)

typedef float vec __attribute__((vector_size(4 * LANES)));
typedef int32_t ivec __attribute__((vector_size(4 * LANES)));

static inline vec splat(float x) { return x - (vec){0}; }

static inline vec vmax(vec a, vec b) {
#if defined(__AVX512F__)
    return (vec)_mm512_max_ps((__m512)a, (__m512)b);
#elif defined(__AVX__)
    return (vec)_mm256_max_ps((__m256)a, (__m256)b);
#else
    ivec greater = a > b;
    return (vec)(((ivec)a & greater) | ((ivec)b & ~greater));
#endif
}

/* 2^x for x <= 0 to one unit in the last place; below -126 the result is 2^-126. */
static inline vec exp2_vec(vec x) {
    x = vmax(x, splat(-126.0f));
    ivec whole = __builtin_convertvector(x - 0.5f, ivec); /* rounds to nearest, since x <= 0 */
    vec f = x - __builtin_convertvector(whole, vec);
    vec p = splat(1.5403530e-4f); /* ln2^k / k! */
    p = p * f + 1.3333558e-3f;
    p = p * f + 9.6181291e-3f;
    p = p * f + 5.5504109e-2f;
    p = p * f + 2.4022651e-1f;
    p = p * f + 6.9314718e-1f;
    p = p * f + 1.0f;
    return (vec)((ivec)p + (whole << 23));
}

static inline float load_scalar(const void *data, int64_t at, int is_bf16) {
    if (!is_bf16) return ((const float *)data)[at];
    uint32_t bits = (uint32_t)((const uint16_t *)data)[at] << 16;
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

static inline void store_scalar(void *data, int64_t at, float value, int is_bf16) {
    if (!is_bf16) {
        ((float *)data)[at] = value;
        return;
    }
    uint32_t bits;
    memcpy(&bits, &value, 4);
    ((uint16_t *)data)[at] = (uint16_t)((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

static int64_t round_up(int64_t value, int64_t to) { return (value + to - 1) / to * to; }

/* One head of one text. Sizes padded to STEP: n_pad tokens, h_pad head width. */
typedef struct {
    int64_t n, n_pad, width, h_pad;
    float *mask;   /* (n_pad) 0 where there is a token, minus infinity behind the last */
    float *keys;   /* (n_pad / STEP, width, STEP) transposed block by block, zeros behind n */
    float *values; /* (n, h_pad) zeros behind width */
    float *rows;   /* (QUERIES, n_pad) logits, then exponentials */
} Head;

/* Logits in base 2 of QUERIES queries (width, QUERIES), and the highest of each. */
static inline void logits_of(const Head *head, const float *queries, float *highest) {
    vec top[QUERIES];
    for (int r = 0; r < QUERIES; r++) top[r] = splat(-INFINITY);
    for (int64_t j = 0; j < head->n_pad; j += STEP) {
        vec sum[QUERIES][2];
        const vec *mask = (const vec *)(head->mask + j);
#pragma GCC unroll 8
        for (int r = 0; r < QUERIES; r++) sum[r][0] = mask[0], sum[r][1] = mask[1];
        for (int64_t k = 0; k < head->width; k++) {
            const vec *key = (const vec *)(head->keys + j * head->width + k * STEP);
            vec low = key[0], high = key[1];
#pragma GCC unroll 8
            for (int r = 0; r < QUERIES; r++) {
                vec q = splat(queries[k * QUERIES + r]);
                sum[r][0] += q * low;
                sum[r][1] += q * high;
            }
        }
#pragma GCC unroll 8
        for (int r = 0; r < QUERIES; r++) {
            vec *row = (vec *)(head->rows + r * head->n_pad + j);
            row[0] = sum[r][0];
            row[1] = sum[r][1];
            top[r] = vmax(top[r], vmax(sum[r][0], sum[r][1]));
        }
    }
    for (int r = 0; r < QUERIES; r++) {
        float high = -INFINITY;
#pragma omp simd reduction(max : high)
        for (int lane = 0; lane < LANES; lane++) high = top[r][lane] > high ? top[r][lane] : high;
        highest[r] = high;
    }
}

/* Logits to exponentials, in place. Returns one over their sum. */
static inline float exponentials(const Head *head, float *row, float highest) {
    vec total = {0};
    for (int64_t j = 0; j < head->n_pad; j += LANES) {
        vec e = exp2_vec(*(vec *)(row + j) - highest);
        *(vec *)(row + j) = e;
        total += e;
    }
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int lane = 0; lane < LANES; lane++) sum += total[lane];
    return 1.0f / sum;
}

static inline void add_columns(const Head *head, const float *scale, float *sums) {
    for (int64_t j = 0; j < head->n_pad; j += LANES) {
        vec total = *(vec *)(sums + j);
#pragma GCC unroll 8
        for (int r = 0; r < QUERIES; r++) total += scale[r] * *(const vec *)(head->rows + r * head->n_pad + j);
        *(vec *)(sums + j) = total;
    }
}

/* (QUERIES, h_pad) = probabilities times values, scaled. */
static inline void mix_values(const Head *head, const float *scale, float *mixed) {
    for (int64_t c = 0; c < head->h_pad; c += STEP) {
        vec sum[QUERIES][2] = {{{0}}};
        for (int64_t j = 0; j < head->n; j++) {
            const vec *value = (const vec *)(head->values + j * head->h_pad + c);
            vec low = value[0], high = value[1];
#pragma GCC unroll 8
            for (int r = 0; r < QUERIES; r++) {
                vec p = splat(head->rows[r * head->n_pad + j]);
                sum[r][0] += p * low;
                sum[r][1] += p * high;
            }
        }
#pragma GCC unroll 8
        for (int r = 0; r < QUERIES; r++) {
            vec *row = (vec *)(mixed + r * head->h_pad + c);
            row[0] = scale[r] * sum[r][0];
            row[1] = scale[r] * sum[r][1];
        }
    }
}

/* query_key_value: (any, 3, heads, width); rows: (T) which of its rows each token is, NULL: each its own.
 * starts: (texts + 1) first token of each text, then T.
 * output: (T, heads * width). sums: (T) attention received, over heads and queries; NULL if not wanted.
 * Both of the input's type but sums, which are fp32. Returns 0, or 1 where memory ran out. */
int ltp_attention(const void *query_key_value, const int64_t *rows, const int64_t *starts, int64_t texts,
                  int64_t heads, int64_t width, int is_bf16, void *output, float *sums, int threads) {
    int64_t total = starts[texts], longest = 0, stride = 3 * heads * width;
    for (int64_t t = 0; t < texts; t++)
        if (starts[t + 1] - starts[t] > longest) longest = starts[t + 1] - starts[t];
    int64_t n_room = round_up(longest, STEP), h_pad = round_up(width, STEP);
    float factor = 1.4426950408889634f / sqrtf((float)width); /* logits in base 2 */
    float *head_sums = sums ? malloc(sizeof(float) * total * heads) : NULL;
    int failed = sums && !head_sums;

#pragma omp parallel num_threads(threads) if (texts * heads > 1)
    {
        int64_t floats = n_room * (width + h_pad + QUERIES + 2) + QUERIES * (width + h_pad) + STEP;
        float *room = aligned_alloc(sizeof(vec), round_up(sizeof(float) * floats, sizeof(vec)));
        if (!room) failed = 1;
#pragma omp for schedule(dynamic)
        for (int64_t task = 0; task < texts * heads; task++) {
            if (!room || failed) continue;
            int64_t text = task / heads, h = task % heads, start = starts[text];
            Head head = {.n = starts[text + 1] - start, .width = width, .h_pad = h_pad};
            head.n_pad = round_up(head.n, STEP);
            head.keys = room;
            head.values = head.keys + width * head.n_pad;
            head.rows = head.values + head.n_pad * h_pad;
            head.mask = head.rows + QUERIES * head.n_pad;
            float *columns = head.mask + head.n_pad;
            float *mixed = columns + head.n_pad;
            float *queries = mixed + QUERIES * h_pad; /* (width, QUERIES) */
            memset(head.keys, 0, sizeof(float) * head.n_pad * (width + h_pad));
            memset(columns, 0, sizeof(float) * head.n_pad);
            for (int64_t j = 0; j < head.n; j++) {
                int64_t first = (rows ? rows[start + j] : start + j) * stride + h * width;
                for (int64_t k = 0; k < width; k++) {
                    int64_t at = first + k;
                    head.keys[(j - j % STEP) * width + k * STEP + j % STEP] =
                        load_scalar(query_key_value, at + heads * width, is_bf16);
                    head.values[j * h_pad + k] = load_scalar(query_key_value, at + 2 * heads * width, is_bf16);
                }
            }
            for (int64_t j = 0; j < head.n_pad; j++) head.mask[j] = j < head.n ? 0 : -INFINITY;
            for (int64_t i = 0; i < head.n; i += QUERIES) {
                int64_t alive = head.n - i < QUERIES ? head.n - i : QUERIES;
                float scale[QUERIES] = {0}, highest[QUERIES];
                memset(queries, 0, sizeof(float) * width * QUERIES);
                for (int64_t r = 0; r < alive; r++) {
                    int64_t first = (rows ? rows[start + i + r] : start + i + r) * stride + h * width;
                    for (int64_t k = 0; k < width; k++)
                        queries[k * QUERIES + r] = factor * load_scalar(query_key_value, first + k, is_bf16);
                }
                logits_of(&head, queries, highest);
                for (int64_t r = 0; r < alive; r++)
                    scale[r] = exponentials(&head, head.rows + r * head.n_pad, highest[r]);
                if (sums) add_columns(&head, scale, columns);
                mix_values(&head, scale, mixed);
                for (int64_t r = 0; r < alive; r++)
                    for (int64_t k = 0; k < width; k++)
                        store_scalar(output, ((start + i + r) * heads + h) * width + k, mixed[r * h_pad + k],
                                     is_bf16);
            }
            if (sums) memcpy(head_sums + h * total + start, columns, sizeof(float) * head.n);
        }
        free(room);
    }
    if (sums && !failed) {
        memset(sums, 0, sizeof(float) * total);
        for (int64_t h = 0; h < heads; h++)
            for (int64_t j = 0; j < total; j++) sums[j] += head_sums[h * total + j];
    }
    free(head_sums);
    return failed;
}
