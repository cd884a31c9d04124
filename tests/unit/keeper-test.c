/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>

#include "error.h"
#include "fake-world.h"
#include "keeper.h"
#include "return-lines.h"

/* Ways back, one by one. */

enum
{
  KEYBOARD,
  MOUSE,
  RECEIVER_A,
  RECEIVER_B
};

typedef struct
{
  FakeWorld *world;
  HoSettings *settings;
  GSettings *global;
  HoGuestList *guests;
  HoKeeper *keeper;
  HoGuest *guest;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const char *ids[] = { fake_world_get_id (KEYBOARD), fake_world_get_id (MOUSE), NULL };

  fixture->world = fake_world_new ();
  fixture->settings = ho_settings_new_in_memory (NULL);
  fixture->global = ho_settings_get_global (fixture->settings);
  fixture->guests = ho_guest_list_new (HO_HYPERVISOR (fixture->world));
  g_settings_set_strv (fixture->global, HO_KEY_INPUT_DEVICES, ids);
  g_settings_set_uint (fixture->global, HO_KEY_INPUT_TIMEOUT, 1);
  fixture->keeper = ho_keeper_new (HO_HYPERVISOR (fixture->world), fixture->guests,
                                   HO_USB_BUS (fixture->world), fixture->settings, NULL);
  fake_world_add_keyboard (fixture->world, TRUE);
  fake_world_plug (fixture->world, RECEIVER_A, FALSE);
  fake_world_plug (fixture->world, RECEIVER_B, FALSE);
  fake_world_set_state (fixture->world, 0, HO_GUEST_RUNNING);
  fake_world_set_connected (fixture->world, TRUE);
  fixture->guest = ho_guest_list_get_by_uuid (fixture->guests, fake_world_get_uuid (0));
}

static gboolean
is_quiet (Fixture *fixture)
{
  return ho_keeper_is_idle (fixture->keeper);
}

static void
wait_until_quiet (Fixture *fixture)
{
  while (!is_quiet (fixture))
    g_main_context_iteration (NULL, TRUE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  fake_world_set_connected (fixture->world, TRUE);
  fake_world_set_state (fixture->world, 0, HO_GUEST_OFF);
  wait_until_quiet (fixture);
  g_assert_finalize_object (fixture->keeper);
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
  ho_keeper_finish (HO_KEEPER (object), result, &answer->error);
}

static gboolean
try_to_go (Fixture *fixture, int return_after, GError **error)
{
  Answer answer = { 0 };

  ho_keeper_go_async (fixture->keeper, ho_guest_get_uuid (fixture->guest), return_after, NULL,
                      on_answer, &answer);
  while (!answer.done)
    g_main_context_iteration (NULL, TRUE);
  if (answer.error != NULL)
    g_propagate_error (error, answer.error);
  return answer.error == NULL;
}

static void
go (Fixture *fixture, int return_after)
{
  g_autoptr (GError) error = NULL;

  try_to_go (fixture, return_after, &error);
  g_assert_no_error (error);
  g_assert_false (ho_keeper_is_idle (fixture->keeper));
}

static gboolean
come_home (Fixture *fixture, GError **error)
{
  Answer answer = { 0 };

  ho_keeper_come_home_async (fixture->keeper, "test", NULL, on_answer, &answer);
  while (!answer.done)
    g_main_context_iteration (NULL, TRUE);
  if (answer.error != NULL)
    g_propagate_error (error, answer.error);
  return answer.error == NULL;
}

static void
assert_home (Fixture *fixture, const char *reason)
{
  g_autoptr (GVariant) facts = NULL;
  const char *told = NULL;

  wait_until_quiet (fixture);
  for (guint i = 0; i < FAKE_N_DEVICES; i++)
    {
      g_assert_cmpint (fake_world_where (fixture->world, i), <, 0);
      g_assert_false (fake_world_is_dead (fixture->world, i));
    }
  facts = g_variant_ref_sink (ho_keeper_describe (fixture->keeper));
  g_variant_lookup (facts, "reason", "&s", &told);
  g_assert_cmpstr (told, ==, reason);
}

static void
write_line (Fixture *fixture, const char *line)
{
  fake_world_write (fixture->world, 0, line, strlen (line));
}

static void
run_pending (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static void
test_time (Fixture *fixture, gconstpointer data)
{
  go (fixture, 1);
  assert_home (fixture, "the time was over");
}

static void
test_stay (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) facts = NULL;
  gint64 deadline;

  go (fixture, 1);
  ho_keeper_stay (fixture->keeper, 0);
  facts = g_variant_ref_sink (ho_keeper_describe (fixture->keeper));
  g_assert_false (g_variant_lookup (facts, "deadline", "x", &deadline));
  ho_keeper_stay (fixture->keeper, 1);
  assert_home (fixture, "the time was over");
}

static void
test_guest_asks (Fixture *fixture, gconstpointer data)
{
  go (fixture, 0);
  write_line (fixture, "hello\nhost please\nhos");
  run_pending ();
  g_assert_false (ho_keeper_is_idle (fixture->keeper));
  write_line (fixture, "t\r\nhost\nhost\n");
  assert_home (fixture, "the guest asked for it");
}

static void
test_silence (Fixture *fixture, gconstpointer data)
{
  g_settings_set_uint (fixture->global, HO_KEY_HEARTBEAT_TIMEOUT, 1);
  go (fixture, 0);
  write_line (fixture, "alive\n");
  assert_home (fixture, "the guest fell silent");
}

static void
test_paused (Fixture *fixture, gconstpointer data)
{
  go (fixture, 0);
  fake_world_set_state (fixture->world, 0, HO_GUEST_PAUSED);
  assert_home (fixture, "the guest is paused");
}

static void
test_killed (Fixture *fixture, gconstpointer data)
{
  fake_world_set_writable (fixture->world, data != NULL);
  go (fixture, 0);
  fake_world_kill (fixture->world, 0);
  g_assert_true (fake_world_is_dead (fixture->world, KEYBOARD));
  assert_home (fixture, "the guest has ended");
}

static void
test_libvirt_away (Fixture *fixture, gconstpointer data)
{
  go (fixture, 1);
  fake_world_set_connected (fixture->world, FALSE);
  fake_world_kill (fixture->world, 0);
  while (ho_keeper_is_idle (fixture->keeper))
    g_main_context_iteration (NULL, TRUE);
  fake_world_set_connected (fixture->world, TRUE);
  wait_until_quiet (fixture);
  g_assert_false (fake_world_is_dead (fixture->world, KEYBOARD));
}

/* Whoever started the guest just now may be quicker than libvirt's event. */
static void
test_just_started (Fixture *fixture, gconstpointer data)
{
  fake_world_set_state (fixture->world, 0, HO_GUEST_OFF);
  fake_world_set_mute (fixture->world, TRUE);
  fake_world_set_state (fixture->world, 0, HO_GUEST_RUNNING);
  g_assert_cmpint (ho_guest_get_state (fixture->guest), ==, HO_GUEST_OFF);
  fake_world_set_mute (fixture->world, FALSE);
  go (fixture, 0);
}

/* Whether a guest has what nobody drives is not known while libvirt is away: nothing is touched. */
static void
test_libvirt_away_then (Fixture *fixture, gconstpointer data)
{
  gint64 end;

  fake_world_set_writable (fixture->world, TRUE);
  go (fixture, 0);
  fake_world_kill (fixture->world, 0);
  while (fake_world_where (fixture->world, KEYBOARD) >= 0)
    g_main_context_iteration (NULL, TRUE);
  fake_world_set_connected (fixture->world, FALSE);
  end = g_get_monotonic_time () + 2 * G_USEC_PER_SEC;
  while (g_get_monotonic_time () < end)
    {
      run_pending ();
      g_usleep (1000);
    }
  g_assert_true (fake_world_is_dead (fixture->world, KEYBOARD));
  fake_world_set_connected (fixture->world, TRUE);
  while (fake_world_is_dead (fixture->world, KEYBOARD))
    g_main_context_iteration (NULL, TRUE);
  assert_home (fixture, "the guest has ended");
}

/* A guest that is still in its firmware has devices that nobody drives. */
static void
test_libvirt_away_from_firmware (Fixture *fixture, gconstpointer data)
{
  g_auto (GStrv) ids = ho_input_ids_for_all (fixture->settings, fixture->guests);
  g_autoptr (HoInputView) away = NULL;
  g_autoptr (HoInputView) there = NULL;

  fake_world_set_in_firmware (fixture->world, TRUE);
  go (fixture, 0);
  fake_world_set_connected (fixture->world, FALSE);
  run_pending ();
  away = ho_input_view_new (ho_usb_bus_get_scan (HO_USB_BUS (fixture->world)), fixture->guests,
                            FALSE, (const char *const *) ids);
  g_assert_cmpint (away->location, ==, HO_INPUT_GUEST);
  fake_world_set_connected (fixture->world, TRUE);
  run_pending ();
  there = ho_input_view_new (ho_usb_bus_get_scan (HO_USB_BUS (fixture->world)), fixture->guests,
                             TRUE, (const char *const *) ids);
  g_assert_cmpint (there->location, ==, HO_INPUT_GUEST);
  g_assert_nonnull (there->guest);
}

/* Pulling the plug is an escape; with heartbeats once, twice without. */
static void
test_replug (Fixture *fixture, gconstpointer data)
{
  gboolean alive = data != NULL;

  go (fixture, 0);
  if (alive)
    write_line (fixture, "alive\n");
  fake_world_plug (fixture->world, KEYBOARD, FALSE);
  run_pending ();
  g_assert_cmpint (fake_world_where (fixture->world, MOUSE), ==, 0);
  fake_world_plug (fixture->world, KEYBOARD, TRUE);
  if (alive)
    {
      while (fake_world_where (fixture->world, KEYBOARD) != 0)
        g_main_context_iteration (NULL, TRUE);
      run_pending ();
      fake_world_plug (fixture->world, KEYBOARD, FALSE);
      fake_world_plug (fixture->world, KEYBOARD, TRUE);
    }
  assert_home (fixture, "a device was plugged in again");
}

static void
test_joins (Fixture *fixture, gconstpointer data)
{
  fake_world_plug (fixture->world, MOUSE, FALSE);
  go (fixture, 0);
  fake_world_plug (fixture->world, MOUSE, TRUE);
  while (fake_world_where (fixture->world, MOUSE) != 0)
    g_main_context_iteration (NULL, TRUE);
  run_pending ();
  /* What virsh takes out stays out, and once all is out it is over. */
  fake_world_detach (fixture->world, MOUSE);
  run_pending ();
  g_assert_cmpint (fake_world_where (fixture->world, KEYBOARD), ==, 0);
  fake_world_detach (fixture->world, KEYBOARD);
  wait_until_quiet (fixture);
  g_assert_cmpint (fake_world_where (fixture->world, MOUSE), ==, -1);
}

static void
test_last_keyboard (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) facts = NULL;
  g_autoptr (GError) error = NULL;
  gint64 deadline = 0;

  fake_world_add_keyboard (fixture->world, FALSE);
  g_settings_set_enum (fixture->global, HO_KEY_LAST_KEYBOARD, HO_LAST_KEYBOARD_REFUSE);
  g_assert_false (try_to_go (fixture, -1, &error));
  g_assert_error (error, HO_ERROR, HO_ERROR_REFUSED);
  g_clear_error (&error);
  g_assert_true (ho_keeper_is_idle (fixture->keeper));
  g_assert_cmpint (fake_world_where (fixture->world, MOUSE), ==, -1);

  /* A heartbeat is a way back, another keyboard too. */
  write_line (fixture, "alive\n");
  run_pending ();
  g_assert_true (try_to_go (fixture, -1, &error));
  g_assert_true (come_home (fixture, &error));
  wait_until_quiet (fixture);
  g_settings_set_uint (fixture->global, HO_KEY_HEARTBEAT_TIMEOUT, 0);
  g_assert_false (try_to_go (fixture, -1, NULL));
  fake_world_plug (fixture->world, RECEIVER_A, TRUE);
  g_assert_true (try_to_go (fixture, -1, &error));
  g_assert_true (come_home (fixture, &error));
  wait_until_quiet (fixture);
  fake_world_plug (fixture->world, RECEIVER_A, FALSE);

  g_settings_set_enum (fixture->global, HO_KEY_LAST_KEYBOARD, HO_LAST_KEYBOARD_ARM);
  go (fixture, -1);
  facts = g_variant_ref_sink (ho_keeper_describe (fixture->keeper));
  g_assert_true (g_variant_lookup (facts, "deadline", "x", &deadline));
  g_assert_cmpint (deadline, >, g_get_monotonic_time ());
  ho_keeper_return (fixture->keeper, "test");
  assert_home (fixture, "test");
}

/* The keyboard that stayed was the way back: when it is pulled out another one is armed, unless the
 * user has said that they stay. */
static void
test_last_keyboard_later (Fixture *fixture, gconstpointer data)
{
  GVariant *facts;
  gboolean unasked = FALSE;

  go (fixture, 0);
  ho_keeper_stay (fixture->keeper, 0);
  fake_world_add_keyboard (fixture->world, FALSE);
  run_pending ();
  facts = g_variant_ref_sink (ho_keeper_describe (fixture->keeper));
  g_assert_false (g_variant_lookup (facts, "unasked", "b", &unasked));
  g_variant_unref (facts);
  ho_keeper_return (fixture->keeper, "test");
  assert_home (fixture, "test");

  fake_world_add_keyboard (fixture->world, TRUE);
  go (fixture, 0);
  fake_world_add_keyboard (fixture->world, FALSE);
  run_pending ();
  facts = g_variant_ref_sink (ho_keeper_describe (fixture->keeper));
  g_assert_true (g_variant_lookup (facts, "unasked", "b", &unasked));
  g_assert_true (unasked);
  g_variant_unref (facts);
  ho_keeper_stay (fixture->keeper, 1);
  assert_home (fixture, "the time was over");

  fake_world_add_keyboard (fixture->world, TRUE);
  g_settings_set_enum (fixture->global, HO_KEY_LAST_KEYBOARD, HO_LAST_KEYBOARD_REFUSE);
  go (fixture, 0);
  fake_world_add_keyboard (fixture->world, FALSE);
  assert_home (fixture, "the host's last keyboard was pulled out");
}

/* The mouse goes, the keyboard fails: the mouse is home again, and the message names the keyboard.
 */
static void
test_rolled_back (Fixture *fixture, gconstpointer data)
{
  const char *ids[] = { fake_world_get_id (MOUSE), fake_world_get_id (KEYBOARD), NULL };
  g_autoptr (GError) error = NULL;

  g_settings_set_strv (fixture->global, HO_KEY_INPUT_DEVICES, ids);
  fake_world_fail_device (fixture->world, KEYBOARD);
  g_assert_false (try_to_go (fixture, 0, &error));
  g_assert_error (error, HO_ERROR, HO_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "Keyboard cannot go to win10"));
  g_assert_null (strstr (error->message, "Mouse"));
  wait_until_quiet (fixture);
  g_assert_cmpint (fake_world_where (fixture->world, MOUSE), ==, -1);
  g_assert_cmpint (fake_world_where (fixture->world, KEYBOARD), ==, -1);
}

/* A keeper that was killed half-way is followed by one that brings home what has gone. */
static void
test_unfinished (Fixture *fixture, gconstpointer data)
{
  g_autofree char *dir = g_dir_make_tmp ("keeper-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (dir, "keeper.state", NULL);

  g_object_run_dispose (G_OBJECT (fixture->keeper));
  g_object_unref (fixture->keeper);
  fake_world_attach (fixture->world, MOUSE, 0);
  g_assert_true (g_file_set_contents (file,
                                      "[keeper]\nphase=going\nguest="
                                      "00000000-0000-4000-8000-000000000001\ndeadline=0\n",
                                      -1, NULL));
  fixture->keeper = ho_keeper_new (HO_HYPERVISOR (fixture->world), fixture->guests,
                                   HO_USB_BUS (fixture->world), fixture->settings, file);
  assert_home (fixture, "it was interrupted");
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  g_rmdir (dir);
}

static void
test_return_fails_first (Fixture *fixture, gconstpointer data)
{
  go (fixture, 0);
  fake_world_fault (fixture->world, FAKE_WORKS, FAKE_FAILS);
  ho_keeper_return (fixture->keeper, "test");
  assert_home (fixture, "test");
}

static void
test_hangs (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) facts = NULL;
  gboolean stuck = FALSE;

  go (fixture, 0);
  fake_world_fault (fixture->world, FAKE_WORKS, FAKE_HANGS);
  ho_keeper_return (fixture->keeper, "test");
  while (!stuck)
    {
      g_main_context_iteration (NULL, TRUE);
      g_clear_pointer (&facts, g_variant_unref);
      facts = g_variant_ref_sink (ho_keeper_describe (fixture->keeper));
      g_variant_lookup (facts, "stuck", "b", &stuck);
    }
  /* The user forces it off. */
  fake_world_kill (fixture->world, 0);
  fake_world_release (fixture->world);
  wait_until_quiet (fixture);
  g_assert_cmpint (fake_world_where (fixture->world, KEYBOARD), ==, -1);
  g_assert_false (fake_world_is_dead (fixture->world, KEYBOARD));
}

/* A keeper that was killed is followed by one that takes up its promise. */
static void
test_successor (Fixture *fixture, gconstpointer data)
{
  g_autofree char *dir = g_dir_make_tmp ("keeper-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (dir, "keeper.state", NULL);
  HoKeeper *first = fixture->keeper;

  fixture->keeper = ho_keeper_new (HO_HYPERVISOR (fixture->world), fixture->guests,
                                   HO_USB_BUS (fixture->world), fixture->settings, file);
  g_object_run_dispose (G_OBJECT (first));
  g_object_unref (first);
  fake_world_plug (fixture->world, MOUSE, FALSE);
  go (fixture, 2);
  g_assert_true (g_file_test (file, G_FILE_TEST_EXISTS));
  first = g_steal_pointer (&fixture->keeper);
  g_object_run_dispose (G_OBJECT (first));
  g_object_unref (first);
  fixture->keeper = ho_keeper_new (HO_HYPERVISOR (fixture->world), fixture->guests,
                                   HO_USB_BUS (fixture->world), fixture->settings, file);
  g_assert_false (ho_keeper_is_idle (fixture->keeper));
  fake_world_plug (fixture->world, MOUSE, TRUE);
  while (fake_world_where (fixture->world, MOUSE) != 0)
    g_main_context_iteration (NULL, TRUE);
  assert_home (fixture, "the time was over");
  g_assert_false (g_file_test (file, G_FILE_TEST_EXISTS));
  g_rmdir (dir);
}

/* The user's commands: in order, without a shell, and none of them stops a switch or a return. */
static void
test_commands (Fixture *fixture, gconstpointer data)
{
  static const char *const keys[] = { HO_KEY_COMMANDS_BEFORE_GUEST, HO_KEY_COMMANDS_AFTER_GUEST,
                                      HO_KEY_COMMANDS_BEFORE_HOST, HO_KEY_COMMANDS_AFTER_HOST };
  g_autofree char *dir = g_dir_make_tmp ("commands-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (dir, "out", NULL);
  g_autofree char *writes = g_strdup_printf (
      "sh -c 'echo $HANDOVER_WHEN $HANDOVER_DIRECTION $HANDOVER_GUEST >>%s'", file);
  const char *commands[]
      = { "/nonexistent/program 'with arguments'", "false", "'unbalanced", writes, NULL };
  const char *hangs[] = { "sleep 1000", NULL };
  g_autoptr (GVariant) facts = NULL;
  g_autofree char *written = NULL;
  const char *problem = NULL;
  gint64 begin;

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    g_settings_set_strv (fixture->global, keys[i], commands);
  go (fixture, 0);
  facts = g_variant_ref_sink (ho_keeper_describe (fixture->keeper));
  g_assert_true (g_variant_lookup (facts, "command-problem", "&s", &problem));
  g_assert_nonnull (strstr (problem, "failed"));
  while (!g_file_get_contents (file, &written, NULL, NULL) || strstr (written, "after") == NULL)
    {
      g_clear_pointer (&written, g_free);
      g_main_context_iteration (NULL, FALSE);
    }
  ho_keeper_return (fixture->keeper, "test");
  assert_home (fixture, "test");
  while (strstr (written, "after host") == NULL)
    {
      g_main_context_iteration (NULL, FALSE);
      g_clear_pointer (&written, g_free);
      g_assert_true (g_file_get_contents (file, &written, NULL, NULL));
    }
  g_assert_cmpstr (written, ==,
                   "before guest win10\nafter guest win10\nbefore host win10\nafter host win10\n");

  /* One that hangs is not waited for until its end. */
  g_settings_set_uint (fixture->global, HO_KEY_COMMANDS_TIMEOUT, 100);
  g_settings_reset (fixture->global, HO_KEY_COMMANDS_AFTER_HOST);
  go (fixture, 0);
  g_settings_set_strv (fixture->global, HO_KEY_COMMANDS_BEFORE_HOST, hangs);
  g_settings_set_uint (fixture->global, HO_KEY_COMMANDS_TIMEOUT, 5);
  begin = g_get_monotonic_time ();
  ho_keeper_return (fixture->keeper, "test");
  assert_home (fixture, "test");
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 5 * G_TIME_SPAN_SECOND);
  while (problem == NULL || strstr (problem, "sleep 1000") == NULL)
    {
      g_main_context_iteration (NULL, TRUE);
      g_clear_pointer (&facts, g_variant_unref);
      facts = g_variant_ref_sink (ho_keeper_describe (fixture->keeper));
      problem = NULL;
      g_variant_lookup (facts, "command-problem", "&s", &problem);
    }
  g_unlink (file);
  g_rmdir (dir);
}

/* Lines. */

typedef struct
{
  guint n[3];
} Count;

static void
count_word (HoReturnWord word, gpointer user_data)
{
  ((Count *) user_data)->n[word]++;
}

static void
test_lines (void)
{
  HoReturnLines lines = { 0 };
  Count count = { 0 };
  g_autofree char *noise = g_malloc (1000000);
  g_autofree char *endless = g_strnfill (1000000, 'h');
  const char *good = "\nhost\nalive\r\n\n\n host\nhost \nHOST\n";

  for (gsize i = 0; i < 1000000; i++)
    noise[i] = (char) g_test_rand_int_range (0, 256);
  ho_return_lines_feed (&lines, noise, 1000000, count_word, &count);
  ho_return_lines_feed (&lines, endless, 1000000, count_word, &count);
  ho_return_lines_feed (&lines, "\n", 1, count_word, &count);
  g_assert_cmpuint (count.n[HO_RETURN_HOST], ==, 0);
  g_assert_cmpuint (count.n[HO_RETURN_ALIVE], ==, 0);
  count = (Count){ 0 };
  for (gsize i = 0; i < strlen (good); i++)
    ho_return_lines_feed (&lines, good + i, 1, count_word, &count);
  g_assert_cmpuint (count.n[HO_RETURN_HOST], ==, 1);
  g_assert_cmpuint (count.n[HO_RETURN_ALIVE], ==, 1);
  g_assert_cmpuint (count.n[HO_RETURN_JUNK], ==, 3);
}

static void
count_returns (HoKeeper *keeper, gpointer user_data)
{
  g_autoptr (GVariant) facts = g_variant_ref_sink (ho_keeper_describe (keeper));
  gboolean *was = user_data;
  const char *phase = NULL;
  gboolean returning;

  g_variant_lookup (facts, "phase", "&s", &phase);
  returning = g_strcmp0 (phase, "returning") == 0;
  was[1] += returning && !was[0];
  was[0] = returning;
}

static void
test_flood (Fixture *fixture, gconstpointer data)
{
  gboolean returns[2] = { 0 };
  g_autoptr (GString) flood = g_string_new (NULL);

  g_signal_connect (fixture->keeper, "changed", G_CALLBACK (count_returns), returns);
  go (fixture, 0);
  for (int i = 0; i < 10000; i++)
    g_string_append (flood, "host\n");
  fake_world_write (fixture->world, 0, flood->str, flood->len);
  assert_home (fixture, "the guest asked for it");
  g_assert_cmpint (returns[1], ==, 1);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *name;
    void (*test) (Fixture *fixture, gconstpointer data);
    const char *data;
  } tests[] = {
    { "/keeper/time", test_time, NULL },
    { "/keeper/stay", test_stay, NULL },
    { "/keeper/guest-asks", test_guest_asks, NULL },
    { "/keeper/silence", test_silence, NULL },
    { "/keeper/paused", test_paused, NULL },
    { "/keeper/killed/by-libvirt", test_killed, NULL },
    { "/keeper/killed/by-node", test_killed, "writable" },
    { "/keeper/just-started", test_just_started, NULL },
    { "/keeper/libvirt-away", test_libvirt_away, NULL },
    { "/keeper/libvirt-away-then", test_libvirt_away_then, NULL },
    { "/keeper/libvirt-away-from-firmware", test_libvirt_away_from_firmware, NULL },
    { "/keeper/replug", test_replug, NULL },
    { "/keeper/replug-alive", test_replug, "alive" },
    { "/keeper/joins", test_joins, NULL },
    { "/keeper/last-keyboard", test_last_keyboard, NULL },
    { "/keeper/last-keyboard-later", test_last_keyboard_later, NULL },
    { "/keeper/rolled-back", test_rolled_back, NULL },
    { "/keeper/unfinished", test_unfinished, NULL },
    { "/keeper/return-fails-first", test_return_fails_first, NULL },
    { "/keeper/hangs", test_hangs, NULL },
    { "/keeper/successor", test_successor, NULL },
    { "/keeper/flood", test_flood, NULL },
    { "/keeper/commands", test_commands, NULL },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].name, Fixture, tests[i].data, set_up, tests[i].test, tear_down);
  g_test_add_func ("/keeper/lines", test_lines);
  return g_test_run ();
}
