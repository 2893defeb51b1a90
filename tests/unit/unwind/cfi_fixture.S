# Functions whose unwind information compilers do not write: void f(void (*leaf)(void*), void* data).
        .text

        .macro begin name
        .globl \name
        .type \name, @function
        .p2align 4
\name:
        .cfi_startproc
        .endm

        .macro finish name
        .cfi_endproc
        .size \name, .-\name
        .endm

        .macro call_leaf
        movq %rdi, %rax
        movq %rsi, %rdi
        call *%rax
        .endm

# CFA from rbx, stack realigned.
begin cfi_cfa_by_rbx
        pushq %rbx
        .cfi_def_cfa_offset 16
        .cfi_offset %rbx, -16
        movq %rsp, %rbx
        .cfi_def_cfa %rbx, 16
        andq $-64, %rsp
        subq $64, %rsp
        call_leaf
        movq %rbx, %rsp
        .cfi_def_cfa %rsp, 16
        popq %rbx
        .cfi_def_cfa_offset 8
        ret
finish cfi_cfa_by_rbx

# The old stack pointer kept on the stack; CFA = *(rsp + 8) + 8, as libcrypto's assembly has it.
begin cfi_cfa_by_expression
        movq %rsp, %rax
        .cfi_def_cfa %rax, 8
        subq $16, %rsp
        andq $-64, %rsp
        movq %rax, 8(%rsp)
        .cfi_escape 0x0f, 5, 0x77, 8, 0x06, 0x23, 8
        call_leaf
        movq 8(%rsp), %rsp
        .cfi_def_cfa %rsp, 8
        ret
finish cfi_cfa_by_expression

# rbp kept in r12, and its own value of no use.
begin cfi_rbp_in_r12
        pushq %r12
        .cfi_def_cfa_offset 16
        .cfi_offset %r12, -16
        movq %rbp, %r12
        .cfi_register %rbp, %r12
        movl $1, %ebp
        call_leaf
        movq %r12, %rbp
        .cfi_restore %rbp
        popq %r12
        .cfi_def_cfa_offset 8
        .cfi_restore %r12
        ret
finish cfi_rbp_in_r12

# rbp saved at an address that an expression gives: CFA - 24 as DW_OP_lit24, DW_OP_minus.
begin cfi_rbp_by_expression
        subq $24, %rsp
        .cfi_def_cfa_offset 32
        movq %rbp, 8(%rsp)
        .cfi_escape 0x10, 6, 2, 0x48, 0x1c
        movl $3, %ebp
        call_leaf
        movq 8(%rsp), %rbp
        .cfi_restore %rbp
        addq $24, %rsp
        .cfi_def_cfa_offset 8
        ret
finish cfi_rbp_by_expression

# rbp = CFA - 48 (DW_CFA_val_offset), rsp = CFA (val_offset), args_size, remembered and restored
# states two deep.
begin cfi_many_operations
        .cfi_val_offset %rsp, 0
        subq $40, %rsp
        .cfi_def_cfa_offset 48
        .cfi_remember_state
        .cfi_escape 0x2e, 0x10
        .cfi_remember_state
        pushq %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        movl $5, %ebp
        cmpq $0, %rdi
        je 1f
        subq $8, %rsp
        .cfi_adjust_cfa_offset 8
        call_leaf
        addq $8, %rsp
        .cfi_adjust_cfa_offset -8
        popq %rbp
        .cfi_restore_state
        .cfi_restore_state
        addq $40, %rsp
        .cfi_def_cfa_offset 8
        ret
1:      popq %rbp
        addq $40, %rsp
        ret
finish cfi_many_operations

# Saves every callee-saved register and overwrites all, so that a caller's CFA by rbx or r12 needs
# them restored.
begin cfi_clobber
        pushq %rbx
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbx, 0
        pushq %rbp
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %rbp, 0
        pushq %r12
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r12, 0
        pushq %r13
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r13, 0
        pushq %r14
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r14, 0
        pushq %r15
        .cfi_adjust_cfa_offset 8
        .cfi_rel_offset %r15, 0
        subq $8, %rsp
        .cfi_adjust_cfa_offset 8
        movq $-1, %rbx
        movq $-1, %rbp
        movq $-1, %r12
        movq $-1, %r13
        movq $-1, %r14
        movq $-1, %r15
        call_leaf
        addq $8, %rsp
        .cfi_adjust_cfa_offset -8
        popq %r15
        .cfi_adjust_cfa_offset -8
        popq %r14
        .cfi_adjust_cfa_offset -8
        popq %r13
        .cfi_adjust_cfa_offset -8
        popq %r12
        .cfi_adjust_cfa_offset -8
        popq %rbp
        .cfi_adjust_cfa_offset -8
        popq %rbx
        .cfi_adjust_cfa_offset -8
        ret
finish cfi_clobber

# No unwind information at all.
        .globl cfi_none
        .type cfi_none, @function
        .p2align 4
cfi_none:
        subq $8, %rsp
        call_leaf
        addq $8, %rsp
        ret
        .size cfi_none, .-cfi_none

        .section .note.GNU-stack, "", @progbits
