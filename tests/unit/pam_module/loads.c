// SPDX-License-Identifier: Apache-2.0
// A host in C: it has no C++ runtime of its own, and binds everything at once. The symbols that it must find, and one
// that it must not, come from the command line: loads MODULE SYMBOL... [! SYMBOL]...
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv) {
    int wanted = 1;
    if (argc < 3) return 2;
    void* module = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (module == NULL) {
        fprintf(stderr, "%s\n", dlerror());
        return 1;
    }
    for (int i = 2; i < argc; ++i) {
        if (strcmp(argv[i], "!") == 0) {
            wanted = 0;
            continue;
        }
        if ((dlsym(module, argv[i]) != NULL) != wanted) {
            fprintf(stderr, "%s: %s\n", argv[i], wanted ? "missing" : "exported");
            return 1;
        }
    }
    return dlclose(module);
}
