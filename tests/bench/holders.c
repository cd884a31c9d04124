/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE
#include "proc-scan.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/* How long it takes to find who has a device open, against fuser and lsof on the same machine at
 * the same time: holders [PROCESSES [DESCRIPTORS [ROUNDS]]]. Prints TAP with the ratios of the
 * medians. The processes share their memory, as threads do, so that there can be many of them. */

#define NODE "/dev/full"
#define STACK 16384

static int n_descriptors;

static int
idle (void *data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  for (;;)
    pause ();
  return 0;
}

/* They inherit the descriptors that this process has, as copies of their own. */
static pid_t *
start_processes (int n)
{
  pid_t *pids = g_new0 (pid_t, n);
  char *stacks = g_malloc ((gsize) n * STACK);

  for (int i = 0; i < n; i++)
    {
      pids[i] = clone (idle, stacks + (gsize) (i + 1) * STACK, CLONE_VM | SIGCHLD, NULL);
      if (pids[i] < 0)
        {
          perror ("clone");
          exit (1);
        }
    }
  return pids;
}

static double
measure_ours (pid_t holder)
{
  g_autoptr (GPtrArray) nodes = g_ptr_array_new ();
  HoDeviceNode node
      = { .name = (char *) "full", .subsystem = (char *) "mem", .device = makedev (1, 7) };
  gint64 start = g_get_monotonic_time ();
  g_autoptr (HoProcScan) seen = NULL;
  gboolean found = FALSE;
  double taken;

  g_ptr_array_add (nodes, &node);
  seen = ho_proc_scan_read ("/", nodes);
  taken = (double) (g_get_monotonic_time () - start) / 1e6;
  for (guint i = 0; i < seen->users->len; i++)
    found = found || ((const HoProcUser *) seen->users->pdata[i])->pid == holder;
  if (!found)
    {
      printf ("Bail out! the holder was not found\n");
      exit (1);
    }
  return taken;
}

static double
measure_program (const char *const *argv, pid_t holder)
{
  g_autofree char *output = NULL;
  g_autofree char *errors = NULL;
  g_autofree char *number = g_strdup_printf ("%d", (int) holder);
  gint64 start = g_get_monotonic_time ();

  if (!g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &errors,
                     NULL, NULL))
    return -1;
  if (strstr (output, number) == NULL)
    printf ("# %s did not find it\n", argv[0]);
  return (double) (g_get_monotonic_time () - start) / 1e6;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  double first = *(const double *) a, second = *(const double *) b;

  return first < second ? -1 : first > second;
}

static double
median (double *values, int n)
{
  qsort (values, (gsize) n, sizeof *values, compare);
  return values[n / 2];
}

int
main (int argc, char **argv)
{
  static const char *const fuser[] = { "fuser", NODE, NULL };
  static const char *const lsof[] = { "lsof", "-t", NODE, NULL };
  int n = argc > 1 ? atoi (argv[1]) : 500;
  int rounds = argc > 3 ? atoi (argv[3]) : 5;
  g_autofree double *ours = g_new0 (double, rounds), *theirs = g_new0 (double, rounds),
                    *others = g_new0 (double, rounds);
  g_autofree pid_t *pids = NULL;
  pid_t holder;

  n_descriptors = argc > 2 ? atoi (argv[2]) : 100;
  for (int i = 3; i < n_descriptors; i++)
    open ("/dev/null", O_RDONLY);
  pids = start_processes (n - 1);
  open (NODE, O_RDONLY);
  holder = *start_processes (1);
  for (int i = 0; i < rounds; i++)
    {
      ours[i] = measure_ours (holder);
      theirs[i] = measure_program (fuser, holder);
      others[i] = measure_program (lsof, holder);
    }
  for (int i = 0; i < n - 1; i++)
    kill (pids[i], SIGKILL);
  kill (holder, SIGKILL);
  while (wait (NULL) > 0)
    ;

  printf ("1..1\n");
  printf ("# figure: seconds for %d processes with %d descriptors = %.3f\n", n, n_descriptors,
          median (ours, rounds));
  printf ("# figure: the same by fuser = %.3f\n# figure: the same by lsof = %.3f\n",
          median (theirs, rounds), median (others, rounds));
  if (median (theirs, rounds) <= 0)
    printf ("ok 1 - found # SKIP no fuser to compare with\n");
  else
    printf ("%s 1 - no slower than fuser: %.2f of its time (of lsof's: %.2f)\n",
            median (ours, rounds) <= median (theirs, rounds) ? "ok" : "not ok",
            median (ours, rounds) / median (theirs, rounds),
            median (others, rounds) > 0 ? median (ours, rounds) / median (others, rounds) : 0);
  return 0;
}
