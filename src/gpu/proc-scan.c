/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* statx, memrchr */
#define G_LOG_DOMAIN "handover-gpu"

#include "proc-scan.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

/* Who has a device open, from /proc (proc(5)): each descriptor and mapping of each process. Devices
 * are compared by number, so that neither a private /dev nor a removed name hides one. Processes
 * end while they are read; then they hold nothing any more. */

#define MAPS_CHUNK ((gsize) 256 * 1024)

/* Most of the time goes into the kernel, which answers each processor by itself. */
#define MAX_WORKERS 4
/* A worker takes so many processes at once, and is not worth starting for less. */
#define SHARE 16

/* Flags of a process, include/linux/sched.h */
#define PF_KTHREAD 0x00200000u

/* Fields of /proc/PID/stat after the command, which ends with the last `)` */
enum
{
  STAT_STATE = 0,
  STAT_FLAGS = 6,
  STAT_THREADS = 17,
  STAT_START_TIME = 19,
  STAT_N,
};

/* What the workers share. */
typedef struct
{
  int proc;            /* a descriptor of /proc */
  GArray *pids;        /* of pid_t */
  guint next;          /* atomic: the first of @pids that nobody has taken */
  GPtrArray *nodes;    /* of HoDeviceNode */
  GHashTable *numbers; /* device number → GUINT_TO_POINTER (index + 1) */
} Work;

/* What one of them has seen. */
typedef struct
{
  Work *work;
  GThread *thread; /* NULL: the caller's own */
  GPtrArray *users;
  guint unread;
  char *buffer; /* of MAPS_CHUNK bytes */
} Scan;

typedef DIR DirStream;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (DirStream, closedir)

static void
proc_user_free (gpointer data)
{
  HoProcUser *user = data;

  g_free (user->command);
  g_array_unref (user->hits);
  g_free (user);
}

static gssize
read_file_at (int dir, const char *name, char *buffer, gsize size)
{
  int fd = openat (dir, name, O_RDONLY | O_CLOEXEC);
  gssize n;

  if (fd < 0)
    return -1;
  n = read (fd, buffer, size - 1);
  close (fd);
  if (n >= 0)
    buffer[n] = '\0';
  return n;
}

/* Reads the numbers of /proc/PID/stat; the state comes as its letter. */
static gboolean
read_stat (int dir, guint64 fields[STAT_N])
{
  char text[1024];
  char *at, *state;

  if (read_file_at (dir, "stat", text, sizeof text) <= 0 || (at = strrchr (text, ')')) == NULL
      || at[1] != ' ')
    return FALSE;
  state = at + 2;
  fields[STAT_STATE] = (guchar) *state;
  at = state + 1;
  for (guint i = 1; i < STAT_N; i++)
    fields[i] = g_ascii_strtoull (at, &at, 10);
  return TRUE;
}

/* A process that may not be looked into matters if it can hold anything. */
static void
note_unread (Scan *scan, int dir)
{
  guint64 fields[STAT_N] = { 0 };
  gboolean dead;

  if (!read_stat (dir, fields))
    {
      /* It has ended, or is hidden: then another check says so. */
      return;
    }
  dead = fields[STAT_STATE] == 'Z' || fields[STAT_STATE] == 'X';
  if ((fields[STAT_FLAGS] & PF_KTHREAD) != 0 || (dead && fields[STAT_THREADS] <= 1))
    return;
  scan->unread++;
}

static guint
find_number (Scan *scan, dev_t device)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (scan->work->numbers, GSIZE_TO_POINTER (device)));
}

static void
add_hit (GArray **hits, guint node, int fd)
{
  const HoProcHit hit = { node, fd };

  if (*hits == NULL)
    *hits = g_array_new (FALSE, FALSE, sizeof (HoProcHit));
  g_array_append_val (*hits, hit);
}

/* A directory below @dir; %NULL with errno. */
static DIR *
open_dir_at (int dir, const char *name)
{
  int fd = openat (dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *stream = fd >= 0 ? fdopendir (fd) : NULL;
  int failure = errno;

  if (stream == NULL && fd >= 0)
    close (fd);
  errno = failure;
  return stream;
}

/* Looks at each descriptor below @dir. Returns how many there were, -1 if they may not be read. */
static int
read_descriptors (Scan *scan, int dir, GArray **hits)
{
  g_autoptr (DirStream) stream = open_dir_at (dir, "fd");
  struct dirent *entry;
  int fd, n = 0;

  if (stream == NULL)
    return errno == ENOENT || errno == ESRCH ? 0 : -1;
  fd = dirfd (stream);
  while ((entry = readdir (stream)) != NULL)
    {
      struct statx info;
      guint found;

      if (entry->d_name[0] == '.')
        continue;
      n++;
      /* A file on a server that does not answer must not hold us up: its type is known here. */
      if (statx (fd, entry->d_name, AT_STATX_DONT_SYNC | AT_NO_AUTOMOUNT, STATX_TYPE, &info) < 0)
        {
          if (errno == EACCES || errno == EPERM)
            return -1;
          continue;
        }
      if (!S_ISCHR (info.stx_mode))
        continue;
      found = find_number (scan, makedev (info.stx_rdev_major, info.stx_rdev_minor));
      if (found != 0)
        add_hit (hits, found - 1, (int) g_ascii_strtoull (entry->d_name, NULL, 10));
    }
  return n;
}

/* The number of what is mapped, which only root may ask for; else by its name. */
static guint
find_mapped (Scan *scan, int dir, const char *range, gsize range_length, const char *path)
{
  g_autofree char *link = g_strdup_printf ("map_files/%.*s", (int) range_length, range);
  struct statx info;
  gsize length = strcspn (path, "\n");

  if (statx (dir, link, AT_STATX_DONT_SYNC, STATX_TYPE, &info) == 0)
    return S_ISCHR (info.stx_mode)
               ? find_number (scan, makedev (info.stx_rdev_major, info.stx_rdev_minor))
               : 0;
  for (guint i = 0; i < scan->work->nodes->len; i++)
    {
      const HoDeviceNode *node = scan->work->nodes->pdata[i];
      const char *name = path + strlen ("/dev/");
      gsize name_length = length - strlen ("/dev/");
      gsize own = strlen (node->name);

      if (name_length >= own && strncmp (name, node->name, own) == 0
          && (name_length == own || g_str_has_prefix (name + own, " (deleted)")))
        return find_number (scan, node->device);
    }
  return 0;
}

/* `7f1c…-7f1d… rw-s 00000000 00:05 123    /dev/dri/card0`: few lines name a device. */
static void
read_map_lines (Scan *scan, int dir, char *text, GArray **hits)
{
  char *at = text;

  while ((at = strstr (at, " /dev/")) != NULL)
    {
      char *line = at;
      char *path = at + 1;
      guint found;

      while (line > text && line[-1] != '\n')
        line--;
      found = find_mapped (scan, dir, line, strcspn (line, " "), path);
      if (found != 0)
        add_hit (hits, found - 1, -1);
      at = path + strcspn (path, "\n");
    }
}

static gboolean
read_maps (Scan *scan, int dir, GArray **hits)
{
  int fd = openat (dir, "maps", O_RDONLY | O_CLOEXEC);
  gsize kept = 0;
  gssize n;

  if (fd < 0)
    return errno == ENOENT || errno == ESRCH;
  while ((n = read (fd, scan->buffer + kept, MAPS_CHUNK - 1 - kept)) > 0)
    {
      gsize length = kept + (gsize) n;
      char *last;

      scan->buffer[length] = '\0';
      last = memrchr (scan->buffer, '\n', length);
      if (last == NULL)
        {
          kept = length < MAPS_CHUNK - 1 ? length : 0;
          continue;
        }
      *last = '\0';
      read_map_lines (scan, dir, scan->buffer, hits);
      kept = length - (gsize) (last + 1 - scan->buffer);
      memmove (scan->buffer, last + 1, kept);
    }
  n = n < 0 ? errno : 0;
  close (fd);
  return n != EACCES && n != EPERM;
}

/* Threads may have descriptors of their own, and go on when the first thread has ended. */
static int
read_threads (Scan *scan, int dir, GArray **hits)
{
  g_autoptr (DirStream) stream = open_dir_at (dir, "task");
  struct dirent *entry;
  int n = 0;

  while (stream != NULL && (entry = readdir (stream)) != NULL)
    {
      int thread, read_now;

      if (!g_ascii_isdigit (entry->d_name[0]))
        continue;
      thread = openat (dirfd (stream), entry->d_name, O_PATH | O_DIRECTORY | O_CLOEXEC);
      if (thread < 0)
        continue;
      read_now = read_descriptors (scan, thread, hits);
      close (thread);
      if (read_now < 0)
        return -1;
      n += read_now;
    }
  return n;
}

/* The kernel cuts a command after 15 letters; the command line has it whole. */
static char *
read_command (int dir)
{
  char command[64] = "", line[4096] = "";

  if (read_file_at (dir, "comm", command, sizeof command) > 0)
    g_strchomp (command);
  if (strlen (command) == 15 && read_file_at (dir, "cmdline", line, sizeof line) > 0)
    {
      g_autofree char *name = g_path_get_basename (line);

      if (g_str_has_prefix (name, command))
        return g_utf8_make_valid (name, -1);
    }
  return g_utf8_make_valid (command, -1);
}

static void
add_user (Scan *scan, pid_t pid, int dir, GArray *hits)
{
  HoProcUser *user;
  guint64 fields[STAT_N] = { 0 };
  struct stat info;

  if (!read_stat (dir, fields) || fstat (dir, &info) < 0)
    {
      g_array_unref (hits); /* it has ended */
      return;
    }
  user = g_new0 (HoProcUser, 1);
  user->pid = pid;
  user->start_time = fields[STAT_START_TIME];
  user->uid = info.st_uid;
  user->command = read_command (dir);
  user->hits = hits;
  g_ptr_array_add (scan->users, user);
}

static void
read_process (Scan *scan, pid_t pid)
{
  char name[16];
  GArray *hits = NULL;
  int dir, n;

  g_snprintf (name, sizeof name, "%d", (int) pid);
  dir = openat (scan->work->proc, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0)
    {
      if (errno != ENOENT && errno != ESRCH)
        scan->unread++;
      return;
    }
  n = read_descriptors (scan, dir, &hits);
  if (n == 0)
    n = read_threads (scan, dir, &hits);
  if (n < 0 || (hits == NULL && !read_maps (scan, dir, &hits)))
    note_unread (scan, dir);
  if (hits != NULL)
    add_user (scan, pid, dir, hits);
  close (dir);
}

static gpointer
read_shares (gpointer data)
{
  Scan *scan = data;
  const GArray *pids = scan->work->pids;
  guint from;

  scan->buffer = g_malloc (MAPS_CHUNK);
  while ((from = (guint) g_atomic_int_add (&scan->work->next, SHARE)) < pids->len)
    {
      for (guint i = from; i < MIN (from + SHARE, pids->len); i++)
        read_process (scan, g_array_index (pids, pid_t, i));
    }
  g_clear_pointer (&scan->buffer, g_free);
  return NULL;
}

static void
read_processes (Work *work, HoProcScan *result)
{
  Scan scans[MAX_WORKERS] = { 0 };
  guint n = MIN (MIN (g_get_num_processors (), MAX_WORKERS), work->pids->len / SHARE + 1);

  for (guint i = 0; i < n; i++)
    {
      scans[i].work = work;
      scans[i].users = g_ptr_array_new ();
      /* Where there can be no more threads this one does it all. */
      if (i > 0)
        scans[i].thread = g_thread_try_new ("holders", read_shares, &scans[i], NULL);
    }
  read_shares (&scans[0]);
  for (guint i = 0; i < n; i++)
    {
      if (scans[i].thread != NULL)
        g_thread_join (scans[i].thread);
      result->unread += scans[i].unread;
      g_ptr_array_extend_and_steal (result->users, scans[i].users);
    }
}

static GArray *
list_processes (DIR *stream)
{
  GArray *pids = g_array_new (FALSE, FALSE, sizeof (pid_t));
  struct dirent *entry;

  while ((entry = readdir (stream)) != NULL)
    {
      pid_t pid = (pid_t) g_ascii_strtoull (entry->d_name, NULL, 10);

      if (pid > 0)
        g_array_append_val (pids, pid);
    }
  return pids;
}

/* In the namespace of a container or a sandbox, and where /proc is mounted with `hidepid`, other
 * processes are not even listed. Whoever sees the kernel's own second process sees all. */
static gboolean
sees_all (int proc)
{
  char command[64] = "";

  return read_file_at (proc, "2/comm", command, sizeof command) > 0
         && g_str_equal (g_strchomp (command), "kthreadd");
}

static int
compare_users (gconstpointer a, gconstpointer b)
{
  return (*(HoProcUser *const *) a)->pid - (*(HoProcUser *const *) b)->pid;
}

/**
 * ho_proc_scan_read:
 * @root: where `proc` is: `/`, or a constructed one
 * @nodes: (element-type HoDeviceNode): what is looked for
 *
 * Looks at every process. Takes some milliseconds for each thousand descriptors, and may wait for a
 * process whose memory is locked: for a thread.
 *
 * Returns: (transfer full): who has them
 */
HoProcScan *
ho_proc_scan_read (const char *root, GPtrArray *nodes)
{
  HoProcScan *self = g_new0 (HoProcScan, 1);
  g_autofree char *path = g_build_filename (root, "proc", NULL);
  g_autoptr (GHashTable) numbers = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) pids = NULL;
  g_autoptr (DirStream) stream = opendir (path);
  Work work = { .nodes = nodes, .numbers = numbers };

  self->users = g_ptr_array_new_with_free_func (proc_user_free);
  if (stream == NULL)
    return self;
  for (guint i = nodes->len; i > 0; i--) /* of two of one number the first one counts */
    {
      const HoDeviceNode *node = nodes->pdata[i - 1];

      g_hash_table_insert (numbers, GSIZE_TO_POINTER (node->device), GUINT_TO_POINTER (i));
    }
  work.proc = dirfd (stream);
  work.pids = pids = list_processes (stream);
  read_processes (&work, self);
  self->complete = self->unread == 0 && sees_all (dirfd (stream));
  g_ptr_array_sort (self->users, compare_users);
  return self;
}

void
ho_proc_scan_free (HoProcScan *self)
{
  g_ptr_array_unref (self->users);
  g_free (self);
}
