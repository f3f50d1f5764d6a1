#include "CVerifiers.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char page[] = {
#embed "evidence.html"
};

static const unsigned char script[] = {
#embed "verify.sh"
};

static const unsigned char guide[] = {
#embed "VERIFY.md"
};

cverifiers_file cverifiers_page(void) { return (cverifiers_file){page, sizeof page}; }
cverifiers_file cverifiers_script(void) { return (cverifiers_file){script, sizeof script}; }
cverifiers_file cverifiers_guide(void) { return (cverifiers_file){guide, sizeof guide}; }
