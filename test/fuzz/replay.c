// SPDX-License-Identifier: MIT
// A main for fuzz targets that feeds them files instead of mutations: the corpus as a test.
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Gives the target a copy of exactly the file's size, so that a sanitizer sees a read past its end.
static int replay_file(const char *path) {
    FILE *file = fopen(path, "rb");
    struct stat st;
    if (!file || fstat(fileno(file), &st) != 0) {
        perror(path);
        if (file) fclose(file);
        return -1;
    }
    size_t size = (size_t)st.st_size;
    uint8_t *data = malloc(size ? size : 1);
    size_t got = data ? fread(data, 1, size, file) : 0;
    fclose(file);
    if (!data || got != size) {
        fprintf(stderr, "%s: cannot be read whole\n", path);
        free(data);
        return -1;
    }
    // Named first, so that a crash is preceded by the name of its input.
    printf("# %s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

static int by_name(const struct dirent **a, const struct dirent **b) {
    return strcmp((*a)->d_name, (*b)->d_name);
}

// Returns how many files were fed, or -1. A folder that is not there holds none.
static int replay_folder(const char *folder) {
    struct dirent **entries;
    int n = scandir(folder, &entries, NULL, by_name);
    int fed = 0;
    for (int i = 0; i < n; i++) {
        char path[4096];
        struct stat st;
        snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        free(entries[i]);
        if (fed < 0 || stat(path, &st) != 0 || !S_ISREG(st.st_mode)) continue;
        fed = replay_file(path) == 0 ? fed + 1 : -1;
    }
    if (n >= 0) free(entries);
    return fed;
}

int main(int argc, char **argv) {
    int fed = 0;
    for (int i = 1; i < argc; i++) {
        int n = replay_folder(argv[i]);
        if (n < 0) return 1;
        fed += n;
    }
    // A corpus that was moved away must not look like one that passed.
    if (fed == 0) {
        fprintf(stderr, "no input found\n");
        return 1;
    }
    printf("ok 1 - %d inputs replayed\n1..1\n", fed);
    return 0;
}
