// The verifiers that go into every bundle, as bytes of this program: what they are is fixed when it is built.
#ifndef PROVENANCE_CVERIFIERS_H
#define PROVENANCE_CVERIFIERS_H

#include <stddef.h>

typedef struct {
    const unsigned char *bytes;
    size_t count;
} cverifiers_file;

cverifiers_file cverifiers_page(void);    // evidence.html
cverifiers_file cverifiers_script(void);  // verify.sh
cverifiers_file cverifiers_guide(void);   // VERIFY.md

#endif
