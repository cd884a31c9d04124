/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* pipe2, setresuid */
#include "fake-root.h"
#include "holders.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/* Who uses a card, in a constructed /proc and in the real one. Real device nodes stand for a
 * card's: /dev/full and /dev/zero exist everywhere, and hardly anybody has them open. */

#define FULL makedev (1, 7)
#define ZERO makedev (1, 5)
#define URANDOM makedev (1, 9)

#define CARD "0000:01:00.0"
#define OTHER "0000:02:00.0"

typedef struct
{
  FakeRoot *root;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  FakeRoot *root = fixture->root = fake_root_new ();

  fake_root_add_function (root, CARD, "0x030000", "0x1002", "0x73bf", 1);
  fake_root_bind (root, CARD, "amdgpu");
  fake_root_add_node (root, CARD, "drm/card1", "drm", "full", FULL);
  fake_root_add_node (root, CARD, "drm/renderD129", "drm", "zero", ZERO);
  fake_root_add_function (root, OTHER, "0x030000", "0x1002", "0x1638", 2);
  fake_root_bind (root, OTHER, "amdgpu");
  fake_root_add_node (root, OTHER, "drm/card0", "drm", "urandom", URANDOM);
  fake_root_set_module (root, "amdgpu", 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  fake_root_free (fixture->root);
}

/* @root is where processes are looked at; the card is always the constructed one. */
static HoHolders *
look_in (Fixture *fixture, const char *root)
{
  const char *const slots[] = { "0000:01:00", NULL };
  g_autoptr (HoPciScan) seen = ho_pci_scan_read (fixture->root->path, slots);
  g_autoptr (GPtrArray) functions = ho_pci_scan_list_slot (seen, slots[0]);

  return ho_holders_read (root, seen, functions);
}

static HoHolders *
look (Fixture *fixture)
{
  return look_in (fixture, fixture->root->path);
}

static const HoHolder *
find (const HoHolders *holders, pid_t pid)
{
  for (guint i = 0; i < holders->list->len; i++)
    {
      const HoHolder *holder = holders->list->pdata[i];

      if (holder->pid == pid)
        return holder;
    }
  return NULL;
}

static void
test_descriptors (Fixture *fixture, gconstpointer data)
{
  g_autoptr (HoHolders) holders = NULL;
  g_autofree char *names = NULL;
  const HoHolder *holder;

  fake_root_add_process (fixture->root, 100, "blender");
  fake_root_add_descriptor (fixture->root, 100, 0, "/dev/null");
  fake_root_add_descriptor (fixture->root, 100, 7, "/dev/full");
  fake_root_add_descriptor (fixture->root, 100, 8, "/dev/full");
  fake_root_add_descriptor (fixture->root, 100, 9, "/dev/zero");
  fake_root_add_process (fixture->root, 200, "bystander");
  fake_root_add_descriptor (fixture->root, 200, 3, "/dev/urandom");
  fake_root_add_descriptor (fixture->root, 200, 4, "/nonexistent");
  holders = look (fixture);
  g_assert_true (holders->complete);
  g_assert_false (holders->proven);
  g_assert_cmpuint (holders->list->len, ==, 1);
  holder = find (holders, 100);
  g_assert_cmpstr (holder->command, ==, "blender");
  g_assert_cmpuint (holder->nodes->len, ==, 2);
  g_assert_cmpuint (holder->start_time, ==, 1100);
  g_assert_cmpint (holder->kind, ==, HO_HOLDER_PROGRAM);
  names = ho_holders_dup_names (holders);
  g_assert_cmpstr (names, ==, "blender (100)");
}

static void
test_mappings (Fixture *fixture, gconstpointer data)
{
  g_autoptr (HoHolders) holders = NULL;

  fake_root_add_process (fixture->root, 100, "mapper");
  fake_root_write (fixture->root, "proc/100/maps",
                   "55d0c0a00000-55d0c0a01000 r--p 00000000 08:01 123   /usr/bin/mapper\n"
                   "7f0000000000-7f0000001000 rw-s 00000000 00:05 99    /dev/full\n"
                   "7f0000001000-7f0000002000 rw-p 00000000 00:00 0     [stack]\n");
  fake_root_add_process (fixture->root, 200, "removed");
  fake_root_write (fixture->root, "proc/200/maps",
                   "7f0000000000-7f0000001000 rw-s 00000000 00:05 99    /dev/zero (deleted)\n");
  fake_root_add_process (fixture->root, 300, "similar");
  fake_root_write (fixture->root, "proc/300/maps",
                   "7f0000000000-7f0000001000 rw-s 00000000 00:05 99    /dev/zeroth\n"
                   "7f0000001000-7f0000002000 rw-s 00000000 00:05 98    /tmp/dev/full\n");
  holders = look (fixture);
  g_assert_cmpuint (holders->list->len, ==, 2);
  g_assert_nonnull (find (holders, 100));
  g_assert_nonnull (find (holders, 200));
}

/* What is started by a thread whose leader has ended. */
static void
test_threads (Fixture *fixture, gconstpointer data)
{
  g_autoptr (HoHolders) holders = NULL;

  fake_root_add_process (fixture->root, 100, "leader");
  fake_root_link (fixture->root, "proc/100/task/105/fd/3", "/dev/full");
  holders = look (fixture);
  g_assert_nonnull (find (holders, 100));
}

static void
test_kinds (Fixture *fixture, gconstpointer data)
{
  static const struct
  {
    const char *command;
    HoHolderKind kind;
  } cases[] = {
    { "python3", HO_HOLDER_PROGRAM },
    { "pulseaudio", HO_HOLDER_SOUND },
    { "wireplumber", HO_HOLDER_SOUND },
    { "pipewire-pulse", HO_HOLDER_SOUND },
    { "Xorg", HO_HOLDER_SESSION },
    { "kwin_wayland", HO_HOLDER_SESSION },
    { "plasmashell", HO_HOLDER_SESSION },
    { "systemd-logind", HO_HOLDER_SESSION },
    { "handover-applet", HO_HOLDER_HANDOVER },
  };
  g_autoptr (HoHolders) holders = NULL;
  g_autofree char *names = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      fake_root_add_process (fixture->root, 100 + (int) i, cases[i].command);
      fake_root_add_descriptor (fixture->root, 100 + (int) i, 3, "/dev/full");
    }
  holders = look (fixture);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpint (find (holders, 100 + (int) i)->kind, ==, cases[i].kind);
  names = ho_holders_dup_names (holders);
  g_assert_true (g_str_has_prefix (names, "python3 (100), "));
  g_assert_true (g_str_has_suffix (names, " and 5 more"));
}

/* In a container, or behind hidepid, nobody can tell that there is no holder. */
static void
test_hidden (Fixture *fixture, gconstpointer data)
{
  g_autoptr (HoHolders) holders = NULL;

  fake_root_set_module (fixture->root, "amdgpu", 1);
  fake_root_write (fixture->root, "proc/2/comm", "bash\n");
  holders = look (fixture);
  g_assert_false (holders->complete);
  g_assert_false (holders->proven);

  fake_root_remove (fixture->root, "proc/2");
  ho_holders_unref (holders);
  holders = look (fixture);
  g_assert_false (holders->complete);
}

/* Where not all processes can be read, the driver's use count may know. */
static void
test_use_count (Fixture *fixture, gconstpointer data)
{
  g_autoptr (HoHolders) holders = NULL;

  fake_root_remove (fixture->root, "proc/2");
  holders = look (fixture);
  g_assert_false (holders->complete);
  g_assert_true (holders->proven);

  /* Somebody unknown uses the driver. */
  fake_root_set_module (fixture->root, "amdgpu", 1);
  g_clear_pointer (&holders, ho_holders_unref);
  holders = look (fixture);
  g_assert_false (holders->proven);

  /* It is a known one, which uses the other card. */
  fake_root_add_process (fixture->root, 100, "compositor");
  fake_root_add_descriptor (fixture->root, 100, 3, "/dev/urandom");
  g_clear_pointer (&holders, ho_holders_unref);
  holders = look (fixture);
  g_assert_cmpuint (holders->list->len, ==, 0);
  g_assert_true (holders->proven);

  /* One module that is built on it does not count, unless somebody uses that one. */
  fake_root_set_module (fixture->root, "amdgpu", 2);
  fake_root_link (fixture->root, "sys/module/amdgpu/holders/extra", "../../extra");
  fake_root_set_module (fixture->root, "extra", 0);
  g_clear_pointer (&holders, ho_holders_unref);
  holders = look (fixture);
  g_assert_true (holders->proven);
  fake_root_set_module (fixture->root, "extra", 1);
  g_clear_pointer (&holders, ho_holders_unref);
  holders = look (fixture);
  g_assert_false (holders->proven);

  /* A driver that is built in does not count. */
  fake_root_remove (fixture->root, "sys/module/amdgpu");
  g_clear_pointer (&holders, ho_holders_unref);
  holders = look (fixture);
  g_assert_false (holders->proven);
}

/* The real /proc. */

static pid_t
start_child (void (*body) (void))
{
  int ready[2];
  pid_t pid;
  char byte;

  g_assert_cmpint (pipe2 (ready, O_CLOEXEC), ==, 0);
  pid = fork ();
  if (pid == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      body ();
      if (write (ready[1], "", 1) == 1)
        for (;;)
          pause ();
      _exit (1);
    }
  close (ready[1]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  return pid;
}

static void
end_child (pid_t pid)
{
  kill (pid, SIGKILL);
  waitpid (pid, NULL, 0);
}

static void
open_full (void)
{
  if (open ("/dev/full", O_RDWR | O_CLOEXEC) < 0)
    _exit (1);
}

static void
map_zero (void)
{
  int fd = open ("/dev/zero", O_RDWR | O_CLOEXEC);

  if (fd < 0 || mmap (NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED || close (fd) < 0)
    _exit (1);
}

static void
test_real (Fixture *fixture, gconstpointer data)
{
  pid_t opener = start_child (open_full), mapper = start_child (map_zero);
  g_autoptr (HoHolders) holders = look_in (fixture, "/");
  const HoHolder *holder = find (holders, opener);

  g_assert_nonnull (holder);
  g_assert_cmpuint (holder->uid, ==, getuid ());
  g_assert_cmpuint (holder->start_time, >, 0);
  g_assert_cmpstr (holder->nodes->pdata[0], ==, "full");
  holder = find (holders, mapper);
  g_assert_nonnull (holder);
  g_assert_cmpstr (holder->nodes->pdata[0], ==, "zero");
  g_assert_null (find (holders, getpid ()));
  end_child (opener);
  end_child (mapper);
  ho_holders_unref (holders);
  holders = look_in (fixture, "/");
  g_assert_null (find (holders, opener));
  g_assert_null (find (holders, mapper));
}

static void
fork_without_end (void)
{
  open_full ();
  if (fork () != 0)
    return;
  prctl (PR_SET_PDEATHSIG, SIGKILL);
  for (;;)
    {
      pid_t pid = fork ();

      if (pid == 0)
        {
          open_full ();
          _exit (0);
        }
      if (pid > 0)
        waitpid (pid, NULL, 0);
    }
}

/* Processes come and go while they are read: the one that stays is found each time, and one that
 * has ended is not one that could not be read. */
static void
test_races (Fixture *fixture, gconstpointer data)
{
  pid_t pid = start_child (fork_without_end);
  g_autoptr (HoHolders) before = look_in (fixture, "/");

  for (int i = 0; i < 200; i++)
    {
      g_autoptr (HoHolders) holders = look_in (fixture, "/");

      g_assert_nonnull (find (holders, pid));
      if (getuid () == 0)
        g_assert_cmpuint (holders->unread, ==, before->unread);
    }
  end_child (pid);
}

/* As another user, who may not look into root's processes. */
static void
test_unreadable (Fixture *fixture, gconstpointer data)
{
  pid_t pid;
  int status;

  if (getuid () != 0)
    {
      g_test_skip ("needs root, to become somebody else");
      return;
    }
  g_assert_cmpint (chmod (fixture->root->path, 0755), ==, 0);
  pid = fork ();
  if (pid == 0)
    {
      g_autoptr (HoHolders) holders = NULL;

      if (setresgid (65534, 65534, 65534) < 0 || setresuid (65534, 65534, 65534) < 0)
        _exit (10);
      holders = look_in (fixture, "/");
      _exit (holders->unread > 0 && !holders->complete ? 0 : 20);
    }
  g_assert_cmpint (waitpid (pid, &status, 0), ==, pid);
  g_assert_true (WIFEXITED (status));
  g_assert_cmpint (WEXITSTATUS (status), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add ("/gpu-holders/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (descriptors);
  ADD (mappings);
  ADD (threads);
  ADD (kinds);
  ADD (hidden);
  ADD (use_count);
  ADD (real);
  ADD (races);
  ADD (unreadable);
#undef ADD
  return g_test_run ();
}
