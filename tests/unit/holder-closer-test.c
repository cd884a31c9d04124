/* SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* pipe2 */
#include "fake-root.h"
#include "holder-closer.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

/* Asking the users of a card to end: real processes, which have /dev/full open in place of a card
 * of a constructed machine. */

#define FULL makedev (1, 7)
#define CARD "0000:01:00.0"

typedef struct
{
  FakeRoot *root;
  GPtrArray *children; /* of pid_t */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->root = fake_root_new ();
  fixture->children = g_ptr_array_new ();
  fake_root_add_function (fixture->root, CARD, "0x030000", "0x1002", "0x73bf", 1);
  fake_root_bind (fixture->root, CARD, "amdgpu");
  fake_root_add_node (fixture->root, CARD, "drm/card1", "drm", "full", FULL);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < fixture->children->len; i++)
    {
      pid_t pid = GPOINTER_TO_INT (fixture->children->pdata[i]);

      kill (pid, SIGKILL);
      waitpid (pid, NULL, 0);
    }
  g_ptr_array_unref (fixture->children);
  fake_root_free (fixture->root);
}

/* A program of that name which uses the card, and ends when it is asked to or is @deaf. */
static pid_t
start (Fixture *fixture, const char *name, gboolean deaf)
{
  int ready[2];
  pid_t pid;
  char byte;

  g_assert_cmpint (pipe2 (ready, O_CLOEXEC), ==, 0);
  pid = fork ();
  if (pid == 0)
    {
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      prctl (PR_SET_NAME, name);
      signal (SIGTERM, deaf ? SIG_IGN : SIG_DFL);
      if (open ("/dev/full", O_RDWR) < 0 || write (ready[1], "", 1) != 1)
        _exit (1);
      for (;;)
        pause ();
    }
  close (ready[1]);
  g_assert_cmpint (read (ready[0], &byte, 1), ==, 1);
  close (ready[0]);
  g_ptr_array_add (fixture->children, GINT_TO_POINTER (pid));
  return pid;
}

/* Only those that the test has started: another program of this machine may have the device open
 * too, and must not be asked to end. */
static HoHolders *
look (Fixture *fixture)
{
  const char *const slots[] = { "0000:01:00", NULL };
  g_autoptr (HoPciScan) seen = ho_pci_scan_read (fixture->root->path, slots);
  g_autoptr (GPtrArray) functions = ho_pci_scan_list_slot (seen, slots[0]);

  HoHolders *holders = ho_holders_read ("/", seen, functions);

  for (guint i = holders->list->len; i-- > 0;)
    {
      const HoHolder *holder = holders->list->pdata[i];

      if (!g_ptr_array_find (fixture->children, GINT_TO_POINTER (holder->pid), NULL))
        g_ptr_array_remove_index (holders->list, i);
    }
  return holders;
}

static HoHolder *
find (HoHolders *holders, pid_t pid)
{
  for (guint i = 0; i < holders->list->len; i++)
    {
      HoHolder *holder = holders->list->pdata[i];

      if (holder->pid == pid)
        return holder;
    }
  g_assert_not_reached ();
}

static void
on_result (GObject *object, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
close_all (HoHolders *holders, guint seconds)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean all_ended;

  ho_holders_close_async (holders, seconds, NULL, on_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  all_ended = ho_holders_close_finish (result, &error);
  g_assert_no_error (error);
  return all_ended;
}

static gboolean
lives (pid_t pid)
{
  siginfo_t info = { 0 };

  g_assert_cmpint (waitid (P_PID, (id_t) pid, &info, WEXITED | WNOHANG | WNOWAIT), ==, 0);
  return info.si_pid == 0;
}

/* The user's programs end; what the session consists of is left alone. */
static void
test_own (Fixture *fixture, gconstpointer data)
{
  pid_t game = start (fixture, "game", FALSE), other = start (fixture, "other", FALSE);
  pid_t session = start (fixture, "kwin_x11", FALSE), sound = start (fixture, "pulseaudio", FALSE);
  g_autoptr (HoHolders) holders = look (fixture);

  g_assert_cmpuint (ho_holders_count_closable (holders), ==, 2);
  g_assert_true (close_all (holders, 60));
  g_assert_false (lives (game));
  g_assert_false (lives (other));
  g_assert_true (lives (session));
  g_assert_true (lives (sound));
}

/* Who does not listen is not killed, and the answer says so. */
static void
test_deaf (Fixture *fixture, gconstpointer data)
{
  pid_t deaf = start (fixture, "deaf", TRUE);
  g_autoptr (HoHolders) holders = look (fixture);

  g_assert_false (close_all (holders, 1));
  g_assert_true (lives (deaf));
}

/* Another process may have got the number of one that has ended since. */
static void
test_successor (Fixture *fixture, gconstpointer data)
{
  pid_t game = start (fixture, "game", FALSE);
  g_autoptr (HoHolders) holders = look (fixture);

  find (holders, game)->start_time--;
  g_assert_true (close_all (holders, 60));
  g_assert_true (lives (game));
}

static void
test_ended (Fixture *fixture, gconstpointer data)
{
  pid_t game = start (fixture, "game", FALSE);
  g_autoptr (HoHolders) holders = look (fixture);

  kill (game, SIGKILL);
  waitpid (game, NULL, 0);
  g_ptr_array_set_size (fixture->children, 0);
  g_assert_true (close_all (holders, 60));
}

/* The same with somebody else's, as the user ids say. */
static void
test_foreign (Fixture *fixture, gconstpointer data)
{
  pid_t game = start (fixture, "game", FALSE);
  g_autoptr (HoHolders) holders = look (fixture);

  find (holders, game)->uid++;
  g_assert_cmpuint (ho_holders_count_closable (holders), ==, 0);
  g_assert_true (close_all (holders, 60));
  g_assert_true (lives (game));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name)                                                                                  \
  g_test_add ("/holder-closer/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (own);
  ADD (deaf);
  ADD (successor);
  ADD (ended);
  ADD (foreign);
#undef ADD
  return g_test_run ();
}
