// A program for tests that calls the kernel by the 32-bit ABI of an x86-64 one, and ends with the
// errno: tries to type into its standard input, or, with an argument, to make a socket. Without a C
// library, so that it runs in any root.
#if defined(__x86_64__)
__asm__(
    ".globl _start\n"
    "_start:\n"
    "  cmpl $1, (%rsp)\n"  // argc
    "  jne 1f\n"
    "  mov $54, %eax\n"      // ioctl
    "  xor %ebx, %ebx\n"     // standard input
    "  mov $0x5412, %ecx\n"  // TIOCSTI
    "  mov $letter, %edx\n"
    "  jmp 2f\n"
    "1:\n"
    "  mov $359, %eax\n"  // socket
    "  mov $2, %ebx\n"    // AF_INET
    "  mov $1, %ecx\n"    // SOCK_STREAM
    "  xor %edx, %edx\n"
    "2:\n"
    "  int $0x80\n"
    "  xor %ebx, %ebx\n"
    "  test %eax, %eax\n"
    "  jns 3f\n"
    "  sub %eax, %ebx\n"
    "3:\n"
    "  mov $1, %eax\n"  // exit
    "  int $0x80\n"
    ".data\n"
    "letter: .byte 'x'\n");
#else
extern "C" [[noreturn]] void _start() {
  for (;;) __builtin_trap();
}
#endif
