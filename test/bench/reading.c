/*
 * The reference for the cost of reading: the same files, kept descriptors, pread into one buffer, numbers from bytes.
 * What negawatt's readers take longer than this program on the same list, in the same minute, is the price of Node.
 *
 *   build   cc -O2 -o reading reading.c
 *   use     ./reading PASSES < LIST
 *
 * LIST holds one file a line, "KIND PATH": p = /proc/PID/stat (user + system ticks, start time), g = cpu.stat
 * (usage_usec), n = one unsigned number, s = /proc/stat (first line, and the count of processors).
 * Prints one line: files, best and median microseconds of a pass, and a checksum that keeps the parsing alive.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define MOST_FILES 16384

static char buffer[65536];
static struct { char kind; int fd; } files[MOST_FILES];

static uint64_t number(const char *at, const char *end) {
    uint64_t value = 0;
    while (at < end && *at >= '0' && *at <= '9') value = value * 10 + (uint64_t)(*at++ - '0');
    return value;
}

static const char *skip(const char *at, const char *end, int fields) {
    while (fields-- > 0) {
        while (at < end && *at > ' ') at++;
        while (at < end && *at <= ' ') at++;
    }
    return at;
}

static const char *line_after(const char *at, const char *end) {
    while (at < end && *at != '\n') at++;
    return at < end ? at + 1 : end;
}

static uint64_t parse(char kind, const char *at, const char *end) {
    if (kind == 'n') return number(at, end);
    if (kind == 'g') {
        for (; at + 11 < end; at = line_after(at, end))
            if (memcmp(at, "usage_usec ", 11) == 0) return number(at + 11, end);
        return 0;
    }
    if (kind == 's') {
        uint64_t sum = 0;
        const char *field = at;
        for (int column = 0; column < 8; column++) sum += number(field = skip(field, end, 1), end);
        for (at = line_after(at, end); at + 3 < end && memcmp(at, "cpu", 3) == 0; at = line_after(at, end)) sum++;
        return sum;
    }
    const char *close = memrchr(at, ')', (size_t)(end - at));
    if (close == NULL) return 0;
    const char *utime = skip(close + 2, end, 11), *stime = skip(utime, end, 1), *start = skip(stime, end, 7);
    return number(utime, end) + number(stime, end) + number(start, end);
}

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv) {
    int passes = argc > 1 ? atoi(argv[1]) : 100, count = 0;
    char kind, path[4096];
    while (count < MOST_FILES && scanf(" %c %4095s", &kind, path) == 2) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (fd < 0) { perror(path); return 1; }
        files[count].kind = kind;
        files[count++].fd = fd;
    }
    if (passes < 1 || count == 0) { fprintf(stderr, "usage: reading PASSES < LIST\n"); return 64; }
    double *took = calloc((size_t)passes, sizeof *took);
    if (took == NULL) return 1;
    uint64_t checksum = 0;
    for (int pass = 0; pass < passes; pass++) {
        double start = now();
        for (int i = 0; i < count; i++) {
            ssize_t length = pread(files[i].fd, buffer, sizeof buffer, 0);
            if (length > 0) checksum += parse(files[i].kind, buffer, buffer + length);
        }
        took[pass] = now() - start;
    }
    qsort(took, (size_t)passes, sizeof *took, ascending);
    printf("%d files, best %.1f us, median %.1f us, checksum %llu\n", count, took[0], took[passes / 2],
           (unsigned long long)checksum);
    return 0;
}
