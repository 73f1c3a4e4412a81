/*
 * The last step before a program of a machine: a process that already is whoever the program shall be, with two capabilities too many,
 * installs the machine's filter of system calls, gives those capabilities up and becomes the program. It is a program of its own because
 * Rust without `unsafe` cannot install a filter that leaves sudo its meaning (that needs CAP_SYS_ADMIN at this very moment instead of
 * `no_new_privs`). It needs no C library and reads nothing but what its starter, src/linux/entry.rs, gives it:
 *
 *   argv[0]       path of the program; argv[1] and what follows are the program's own argv
 *   descriptor 4  a file: the capabilities to give up as 64 bits, then the filter's instructions
 *   descriptor 3  a pipe: closed when the program runs, else it gets two numbers: what failed, and the error
 */
#include <asm/unistd.h>
#include <linux/capability.h>
#include <linux/fcntl.h>
#include <linux/filter.h>
#include <linux/prctl.h>
#include <linux/seccomp.h>

#define REPORT 3
#define ORDER 4
/* As much as a filter may have by far; src/linux/filter.rs stays below it. */
#define MOST 512

enum failed { FAILED_EXEC, FAILED_FILTER, FAILED_RIGHTS };

#if defined(__x86_64__)
__asm__(".globl _start\n_start:\n\txor %ebp, %ebp\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall enter\n");

static long call(long number, long a, long b, long c, long d, long e) {
  long result;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8) : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
__asm__(".globl _start\n_start:\n\tmov x29, xzr\n\tmov x0, sp\n\tbl enter\n");

static long call(long number, long a, long b, long c, long d, long e) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
#endif

static void give_up(enum failed what, long result) {
  int report[2] = {what, (int)-result};
  call(__NR_write, REPORT, (long)report, sizeof report, 0, 0);
  for (;;)
    call(__NR_exit_group, 126, 0, 0, 0, 0);
}

static void must(enum failed what, long result) {
  if (result < 0)
    give_up(what, result);
}

__attribute__((used)) void enter(long *stack) {
  char **argv = (char **)(stack + 1);
  char **env = argv + stack[0] + 1;
  struct {
    unsigned long long drop;
    struct sock_filter filter[MOST];
  } order;
  struct sock_fprog program;
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[2];
  long length = call(__NR_pread64, ORDER, (long)&order, sizeof order, 0, 0);
  int number;

  must(FAILED_FILTER, length);
  program.len = (unsigned short)((length - (long)sizeof order.drop) / (long)sizeof *order.filter);
  program.filter = order.filter;
  must(FAILED_FILTER, call(__NR_seccomp, SECCOMP_SET_MODE_FILTER, 0, (long)&program, 0, 0));

  must(FAILED_RIGHTS, call(__NR_prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0));
  for (number = 0; number < 64; number++)
    if (order.drop >> number & 1)
      must(FAILED_RIGHTS, call(__NR_prctl, PR_CAPBSET_DROP, number, 0, 0, 0));
  must(FAILED_RIGHTS, call(__NR_capget, (long)&header, (long)sets, 0, 0, 0));
  sets[0].inheritable = sets[1].inheritable = 0;
  must(FAILED_RIGHTS, call(__NR_capset, (long)&header, (long)sets, 0, 0, 0));

  call(__NR_close, ORDER, 0, 0, 0, 0);
  must(FAILED_EXEC, call(__NR_fcntl, REPORT, F_SETFD, FD_CLOEXEC, 0, 0));
  give_up(FAILED_EXEC, call(__NR_execve, (long)argv[0], (long)(argv + 1), (long)env, 0, 0));
}
