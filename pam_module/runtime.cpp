// SPDX-License-Identifier: Apache-2.0
// The C++ runtime inside the module writes nothing to the host's stderr. Its default handler prints the type of an
// exception that nobody caught (here: memory has run out); libstdc++ calls the program's own one where there is one.
#include <exception>

#include <stdlib.h>

namespace __gnu_cxx {  // NOLINT(cert-dcl58-cpp): the name that libstdc++ documents for this

void __verbose_terminate_handler() { abort(); }

}  // namespace __gnu_cxx
