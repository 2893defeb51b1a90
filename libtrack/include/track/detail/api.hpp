// Visibility of what programs and their plug-ins share with the library. Floor 3.
//
// Types that are recognised by their type_info (the deleter of an observable object, exceptions)
// must be one type in every module of a program, also in those compiled with -fvisibility=hidden.
#pragma once

#define LIBTRACK_API __attribute__((visibility("default")))
