// The functions of cfi_fixture.S: each calls the leaf with the data.
#pragma once

namespace track::unwind::test {

using caller = void(void (*leaf)(void*), void* data);

extern "C" {
caller cfi_cfa_by_rbx;
caller cfi_cfa_by_expression;
caller cfi_rbp_in_r12;
caller cfi_rbp_by_expression;
caller cfi_many_operations;
caller cfi_clobber;
caller cfi_none;
}

inline caller* const hand_written[] = {cfi_cfa_by_rbx,        cfi_cfa_by_expression, cfi_rbp_in_r12,
                                       cfi_rbp_by_expression, cfi_many_operations,   cfi_clobber};

}  // namespace track::unwind::test
