// libyaml as it is.
#ifndef PROVENANCE_CYAML_SHIM_H
#define PROVENANCE_CYAML_SHIM_H

#include <yaml.h>

#endif
