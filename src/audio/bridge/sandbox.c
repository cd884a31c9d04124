/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sandbox.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <sys/prctl.h>

#ifdef HAVE_SECCOMP
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/socket.h>

/* All that the bridge calls once it serves: its sockets, its timers, its memory, its end. Notably
 * not: opening files, starting programs or threads, making memory executable, or a socket that is
 * not a unix one. */
static const int calls[] = {
  SCMP_SYS (accept4),
  SCMP_SYS (brk),
  SCMP_SYS (clock_gettime),
  SCMP_SYS (clock_gettime64),
  SCMP_SYS (close),
  SCMP_SYS (connect),
  SCMP_SYS (exit),
  SCMP_SYS (exit_group),
  SCMP_SYS (fstat),
  SCMP_SYS (fstatat64),
  SCMP_SYS (futex),
  SCMP_SYS (getpid),
  SCMP_SYS (getrandom),
  SCMP_SYS (getsockopt),
  SCMP_SYS (gettid),
  SCMP_SYS (gettimeofday),
  SCMP_SYS (inotify_add_watch),
  SCMP_SYS (inotify_rm_watch),
  SCMP_SYS (lstat),
  SCMP_SYS (madvise),
  SCMP_SYS (mremap),
  SCMP_SYS (munmap),
  SCMP_SYS (newfstatat),
  SCMP_SYS (poll),
  SCMP_SYS (ppoll),
  SCMP_SYS (ppoll_time64),
  SCMP_SYS (read),
  SCMP_SYS (recvmsg),
  SCMP_SYS (restart_syscall),
  SCMP_SYS (rt_sigaction),
  SCMP_SYS (rt_sigprocmask),
  SCMP_SYS (rt_sigreturn),
  SCMP_SYS (sendmsg),
  SCMP_SYS (setsockopt),
  SCMP_SYS (sigreturn),
  SCMP_SYS (stat),
  SCMP_SYS (statx),
  SCMP_SYS (tgkill),
  SCMP_SYS (unlink),
  SCMP_SYS (unlinkat),
  SCMP_SYS (write),
  SCMP_SYS (writev),
};

static int
add_rules (scmp_filter_ctx filter)
{
  int failure = 0;

  for (gsize i = 0; i < G_N_ELEMENTS (calls) && failure == 0; i++)
    failure = seccomp_rule_add (filter, SCMP_ACT_ALLOW, calls[i], 0);
  if (failure == 0)
    failure = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (socket), 1,
                                SCMP_A0 (SCMP_CMP_EQ, AF_UNIX));
  if (failure == 0)
    failure = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (mmap), 1,
                                SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  if (failure == 0)
    failure = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (mprotect), 1,
                                SCMP_A2 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
  /* What fd flags are read and set by; no other fcntl. */
  return failure;
}

static int
load_filter (void)
{
  /* A call that is not allowed fails with EPERM: it cannot be done, and a C library that tries
   * something new does not end the guest's sound. */
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_ERRNO (EPERM));
  int failure;

  if (filter == NULL)
    return ENOMEM;
  failure = add_rules (filter);
  if (failure == 0)
    failure = seccomp_load (filter);
  seccomp_release (filter);
  return -failure;
}
#endif

/**
 * ho_sandbox_enter:
 * @error: says what the kernel did not take
 *
 * Gives up for good what the bridge never needs: new privileges and, if built with libseccomp, all
 * system calls but a few. A kernel without seccomp filters is no error.
 *
 * Returns: whether it could be done
 */
gboolean
ho_sandbox_enter (GError **error)
{
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                   _ ("Privileges cannot be given up: %s."), g_strerror (errno));
      return FALSE;
    }
#ifdef HAVE_SECCOMP
  int failure = load_filter ();

  if (failure != 0 && failure != EINVAL && failure != ENOSYS && failure != ECANCELED)
    {
      g_set_error (error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                   _ ("The system call filter cannot be set: %s."), g_strerror (failure));
      return FALSE;
    }
#endif
  return TRUE;
}
