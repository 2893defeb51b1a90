// Binds libc functions to their oldest version, so that a preload built here loads with glibc 2.28.
// Floor 3. Include in every file that calls one of these.
#pragma once

#define LIBTRACK_OLD_SYMBOL(name, version) asm(".symver " #name "," #name "@" version)

LIBTRACK_OLD_SYMBOL(dlsym, "GLIBC_2.2.5");
LIBTRACK_OLD_SYMBOL(dladdr, "GLIBC_2.2.5");
LIBTRACK_OLD_SYMBOL(dladdr1, "GLIBC_2.3.3");
LIBTRACK_OLD_SYMBOL(dlopen, "GLIBC_2.2.5");
