// A program for tests: tries to type into its standard input by the 32-bit ABI of an x86-64 kernel
// and ends with the errno. Without a C library, so that it runs in any root.
#if defined(__x86_64__)
__asm__(
    ".globl _start\n"
    "_start:\n"
    "  mov $54, %eax\n"      // ioctl
    "  xor %ebx, %ebx\n"     // standard input
    "  mov $0x5412, %ecx\n"  // TIOCSTI
    "  mov $letter, %edx\n"
    "  int $0x80\n"
    "  neg %eax\n"
    "  mov %eax, %ebx\n"
    "  mov $1, %eax\n"  // exit
    "  int $0x80\n"
    ".data\n"
    "letter: .byte 'x'\n");
#else
extern "C" [[noreturn]] void _start() {
  for (;;) __builtin_trap();
}
#endif
