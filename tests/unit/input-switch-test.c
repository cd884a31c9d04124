/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "error.h"
#include "fake-world.h"
#include "input-switch.h"

/* The switch in every state, with every event that can come in the midst of it. */

typedef struct
{
  FakeWorld *world;
  HoSettings *settings;
  HoGuestList *guests;
  HoInputSwitch *input;
  HoGuest *guest;
} Fixture;

enum
{
  KEYBOARD,
  MOUSE,
  RECEIVER
};

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const char *ids[] = { fake_world_get_id (KEYBOARD), fake_world_get_id (MOUSE), NULL };

  fixture->world = fake_world_new ();
  fixture->settings = ho_settings_new_in_memory (NULL);
  fixture->guests = ho_guest_list_new (HO_HYPERVISOR (fixture->world));
  fixture->input = ho_input_switch_new (HO_HYPERVISOR (fixture->world), fixture->guests,
                                        HO_USB_BUS (fixture->world), fixture->settings);
  g_settings_set_strv (ho_settings_get_global (fixture->settings), HO_KEY_INPUT_DEVICES, ids);
  fake_world_set_state (fixture->world, 0, HO_GUEST_RUNNING);
  fake_world_set_connected (fixture->world, TRUE);
  fixture->guest = ho_guest_list_get_by_uuid (fixture->guests, fake_world_get_uuid (0));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_false (ho_input_switch_is_busy (fixture->input));
  g_assert_finalize_object (fixture->input);
  g_object_unref (fixture->guests);
  g_object_unref (fixture->settings);
  g_assert_finalize_object (fixture->world);
}

typedef struct
{
  gboolean done;
  GError *error;
} Answer;

static void
on_answer (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  answer->done = TRUE;
  ho_input_switch_finish (HO_INPUT_SWITCH (object), result, &answer->error);
}

static void
wait_for (Answer *answer)
{
  while (!answer->done)
    g_main_context_iteration (NULL, TRUE);
}

static void
go (Fixture *fixture, gboolean to_guest, Answer *answer)
{
  *answer = (Answer){ 0 };
  if (to_guest)
    ho_input_switch_to_guest_async (fixture->input, fixture->guest, NULL, on_answer, answer);
  else
    ho_input_switch_to_host_async (fixture->input, NULL, on_answer, answer);
}

static void
assert_where (Fixture *fixture, int keyboard, int mouse)
{
  g_assert_cmpint (fake_world_where (fixture->world, KEYBOARD), ==, keyboard);
  g_assert_cmpint (fake_world_where (fixture->world, MOUSE), ==, mouse);
}

static void
assert_failed (Answer *answer, HoError code, const char *word)
{
  wait_for (answer);
  g_assert_error (answer->error, HO_ERROR, (int) code);
  g_assert_nonnull (strstr (answer->error->message, word));
  g_clear_error (&answer->error);
}

static void
assert_done (Answer *answer)
{
  wait_for (answer);
  g_assert_no_error (answer->error);
}

static void
test_there_and_back (Fixture *fixture, gconstpointer data)
{
  Answer answer;

  go (fixture, TRUE, &answer);
  assert_done (&answer);
  assert_where (fixture, 0, 0);
  go (fixture, TRUE, &answer); /* once more changes nothing */
  assert_done (&answer);
  g_assert_cmpuint (fake_world_count_calls (fixture->world), ==, 2);
  go (fixture, FALSE, &answer);
  assert_done (&answer);
  assert_where (fixture, -1, -1);
  go (fixture, FALSE, &answer);
  assert_done (&answer);
  g_assert_cmpuint (fake_world_count_calls (fixture->world), ==, 4);
}

/* The mouse is there already when the keyboard fails: it comes home, and the keyboard is named. */
static void
test_rollback (Fixture *fixture, gconstpointer data)
{
  const char *ids[] = { fake_world_get_id (MOUSE), fake_world_get_id (KEYBOARD), NULL };
  Answer answer;

  g_settings_set_strv (ho_settings_get_global (fixture->settings), HO_KEY_INPUT_DEVICES, ids);
  go (fixture, TRUE, &answer);
  while (fake_world_where (fixture->world, MOUSE) != 0)
    g_main_context_iteration (NULL, TRUE);
  fake_world_fault (fixture->world, FAKE_FAILS, FAKE_WORKS);
  assert_failed (&answer, HO_ERROR_FAILED, "Keyboard cannot go to win10");
  assert_where (fixture, -1, -1);
}

static void
test_detach_fails (Fixture *fixture, gconstpointer data)
{
  Answer answer;

  go (fixture, TRUE, &answer);
  assert_done (&answer);
  fake_world_fault (fixture->world, FAKE_WORKS, FAKE_FAILS);
  go (fixture, FALSE, &answer);
  assert_failed (&answer, HO_ERROR_FAILED, "could not be brought home");
  go (fixture, FALSE, &answer);
  assert_done (&answer);
  assert_where (fixture, -1, -1);
}

static void
test_absent (Fixture *fixture, gconstpointer data)
{
  Answer answer;

  fake_world_plug (fixture->world, KEYBOARD, FALSE);
  go (fixture, TRUE, &answer);
  assert_done (&answer);
  assert_where (fixture, -2, 0);
  go (fixture, FALSE, &answer);
  assert_done (&answer);
  fake_world_plug (fixture->world, MOUSE, FALSE);
  go (fixture, TRUE, &answer);
  assert_failed (&answer, HO_ERROR_NOT_FOUND, "plugged in");
}

static void
test_vanishes_midway (Fixture *fixture, gconstpointer data)
{
  Answer answer;

  fake_world_fault (fixture->world, FAKE_HANGS, FAKE_WORKS);
  go (fixture, TRUE, &answer);
  while (fake_world_count_calls (fixture->world) == 0)
    g_main_context_iteration (NULL, TRUE);
  fake_world_plug (fixture->world, KEYBOARD, FALSE);
  fake_world_release (fixture->world);
  assert_done (&answer);
  assert_where (fixture, -2, 0);
  go (fixture, FALSE, &answer);
  assert_done (&answer);
}

/* A device that was pulled out leaves an entry which would otherwise be hit first. */
static void
test_stale (Fixture *fixture, gconstpointer data)
{
  Answer answer;

  go (fixture, TRUE, &answer);
  assert_done (&answer);
  fake_world_plug (fixture->world, KEYBOARD, FALSE);
  fake_world_plug (fixture->world, KEYBOARD, TRUE);
  assert_where (fixture, -1, 0);
  go (fixture, TRUE, &answer);
  assert_done (&answer);
  assert_where (fixture, 0, 0);
  g_assert_cmpuint (ho_guest_get_facts (fixture->guest)->usb_hostdevs->len, ==, 2);
  go (fixture, FALSE, &answer);
  assert_done (&answer);
  assert_where (fixture, -1, -1);
}

static void
test_guest_dies (Fixture *fixture, gconstpointer data)
{
  Answer answer;

  fake_world_fault (fixture->world, FAKE_HANGS, FAKE_WORKS);
  go (fixture, TRUE, &answer);
  while (fake_world_count_calls (fixture->world) == 0)
    g_main_context_iteration (NULL, TRUE);
  fake_world_kill (fixture->world, 0);
  fake_world_release (fixture->world);
  assert_failed (&answer, HO_ERROR_FAILED, "Keyboard");
  assert_where (fixture, -1, -1);

  fake_world_set_state (fixture->world, 0, HO_GUEST_RUNNING);
  go (fixture, TRUE, &answer);
  assert_done (&answer);
  fake_world_fault (fixture->world, FAKE_WORKS, FAKE_HANGS);
  go (fixture, FALSE, &answer);
  while (fake_world_count_calls (fixture->world) < 5)
    g_main_context_iteration (NULL, TRUE);
  fake_world_kill (fixture->world, 0);
  fake_world_release (fixture->world);
  assert_done (&answer);
  assert_where (fixture, -1, -1);

  go (fixture, TRUE, &answer);
  assert_failed (&answer, HO_ERROR_REFUSED, "not running");
}

static void
test_libvirt_dies (Fixture *fixture, gconstpointer data)
{
  Answer answer;

  fake_world_fault (fixture->world, FAKE_HANGS, FAKE_WORKS);
  go (fixture, TRUE, &answer);
  while (fake_world_count_calls (fixture->world) == 0)
    g_main_context_iteration (NULL, TRUE);
  fake_world_set_connected (fixture->world, FALSE);
  fake_world_release (fixture->world);
  assert_failed (&answer, HO_ERROR_NO_CONNECTION, "libvirt");
  go (fixture, FALSE, &answer);
  assert_failed (&answer, HO_ERROR_NO_CONNECTION, "libvirt");
}

static void
test_called_off (Fixture *fixture, gconstpointer data)
{
  Answer there, back, again;

  go (fixture, TRUE, &there);
  g_main_context_iteration (NULL, TRUE);
  go (fixture, FALSE, &back);
  go (fixture, TRUE, &again);
  assert_failed (&again, HO_ERROR_BUSY, "just being moved");
  assert_failed (&there, HO_ERROR_FAILED, "called off");
  assert_done (&back);
  assert_where (fixture, -1, -1);
}

static void
test_joined (Fixture *fixture, gconstpointer data)
{
  Answer first, second;

  go (fixture, TRUE, &first);
  go (fixture, TRUE, &second);
  assert_done (&first);
  assert_done (&second);
  g_assert_cmpuint (fake_world_count_calls (fixture->world), ==, 2);
  go (fixture, FALSE, &first);
  assert_done (&first);
}

static void
on_stuck (HoInputSwitch *input, HoGuest *guest, gpointer user_data)
{
  *(HoGuest **) user_data = guest;
}

static void
test_stuck (Fixture *fixture, gconstpointer data)
{
  Answer answer;
  HoGuest *blamed = NULL;

  g_settings_set_uint (ho_settings_get_global (fixture->settings), HO_KEY_INPUT_TIMEOUT, 1);
  g_signal_connect (fixture->input, "stuck", G_CALLBACK (on_stuck), &blamed);
  fake_world_fault (fixture->world, FAKE_HANGS, FAKE_WORKS);
  go (fixture, TRUE, &answer);
  assert_failed (&answer, HO_ERROR_TIMED_OUT, "stop --force win10");
  g_assert_true (blamed == fixture->guest);
  go (fixture, FALSE, &answer);
  assert_failed (&answer, HO_ERROR_TIMED_OUT, "stop --force win10");
  /* What arrives late goes back. */
  fake_world_release (fixture->world);
  while (ho_input_switch_is_busy (fixture->input))
    g_main_context_iteration (NULL, TRUE);
  assert_where (fixture, -1, -1);
}

static void
test_other_guest (Fixture *fixture, gconstpointer data)
{
  Answer answer;

  fake_world_set_state (fixture->world, 1, HO_GUEST_RUNNING);
  go (fixture, TRUE, &answer);
  assert_done (&answer);
  fixture->guest = ho_guest_list_get_by_uuid (fixture->guests, fake_world_get_uuid (1));
  go (fixture, TRUE, &answer);
  assert_done (&answer);
  assert_where (fixture, 1, 1);
  go (fixture, FALSE, &answer);
  assert_done (&answer);
  assert_where (fixture, -1, -1);
}

static void
test_bad_settings (Fixture *fixture, gconstpointer data)
{
  const char *alike[] = { "2222:0001", NULL };
  const char *nonsense[] = { "keyboard", NULL };
  const char *none[] = { NULL };
  GSettings *global = ho_settings_get_global (fixture->settings);
  Answer answer;

  g_settings_set_strv (global, HO_KEY_INPUT_DEVICES, alike);
  go (fixture, TRUE, &answer);
  assert_failed (&answer, HO_ERROR_NOT_FOUND, "2222:0001/serial=B");
  g_settings_set_strv (global, HO_KEY_INPUT_DEVICES, nonsense);
  go (fixture, TRUE, &answer);
  assert_failed (&answer, HO_ERROR_NOT_FOUND, "“keyboard”");
  g_settings_set_strv (global, HO_KEY_INPUT_DEVICES, none);
  go (fixture, TRUE, &answer);
  assert_failed (&answer, HO_ERROR_NOT_FOUND, "handover devices");
  g_assert_cmpuint (fake_world_count_calls (fixture->world), ==, 0);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/input-switch/there-and-back", test_there_and_back },
    { "/input-switch/rollback", test_rollback },
    { "/input-switch/detach-fails", test_detach_fails },
    { "/input-switch/absent", test_absent },
    { "/input-switch/vanishes-midway", test_vanishes_midway },
    { "/input-switch/stale", test_stale },
    { "/input-switch/guest-dies", test_guest_dies },
    { "/input-switch/libvirt-dies", test_libvirt_dies },
    { "/input-switch/called-off", test_called_off },
    { "/input-switch/joined", test_joined },
    { "/input-switch/stuck", test_stuck },
    { "/input-switch/other-guest", test_other_guest },
    { "/input-switch/bad-settings", test_bad_settings },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
