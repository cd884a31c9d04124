/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What talks to the sound server about cards is a module: it is found, it understands the program
 * that loads it, and its absence is told in a sentence.
 */

#include "card-sound-door.h"
#include "error.h"

typedef struct
{
  GMainLoop *loop;
  GError *error;
  gboolean released;
} Answer;

static void
on_released (GObject *object, GAsyncResult *result, gpointer user_data)
{
  Answer *answer = user_data;

  answer->released
      = ho_sound_releaser_release_finish (HO_SOUND_RELEASER (object), result, &answer->error);
  g_main_loop_quit (answer->loop);
}

/* What comes of asking for a release where there is no sound server. */
static GError *
ask (const char *modules)
{
  g_autoptr (HoCardSoundDoor) door = NULL;
  Answer answer = { .loop = g_main_loop_new (NULL, FALSE) };

  g_setenv ("HANDOVER_LIBEXECDIR", modules, TRUE);
  door = ho_card_sound_door_new ();
  ho_sound_releaser_restore (HO_SOUND_RELEASER (door), "0000:01:00.1"); /* nothing was released */
  ho_sound_releaser_release_async (HO_SOUND_RELEASER (door), "0000:01:00.1", NULL, on_released,
                                   &answer);
  g_main_loop_run (answer.loop);
  g_main_loop_unref (answer.loop);
  g_assert_false (answer.released);
  return answer.error;
}

static void
test_missing (void)
{
  g_autoptr (GError) error = ask ("/nowhere");

  g_assert_error (error, HO_ERROR, HO_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "handover-card-sound.so"));
  g_assert_nonnull (strstr (error->message, "Install Handover again"));
}

static void
test_there (void)
{
  g_autofree char *modules = g_build_filename (g_getenv ("HANDOVER_BUILD"), "src", "core", NULL);
  g_autoptr (GError) error = ask (modules);

  /* The module's own answer, in libpulse's words. */
  g_assert_error (error, HO_ERROR, HO_ERROR_FAILED);
  g_assert_null (strstr (error->message, "handover-card-sound.so"));
}

/* That a program loads libpulse only through its modules. */
static void
test_not_linked (void)
{
  g_autofree char *maps = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  g_assert_null (strstr (maps, "libpulse"));
}

int
main (int argc, char **argv)
{
  g_setenv ("PULSE_SERVER", "unix:/nowhere/native", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/card-sound-door/not-linked", test_not_linked);
  g_test_add_func ("/card-sound-door/missing", test_missing);
  g_test_add_func ("/card-sound-door/there", test_there);
  return g_test_run ();
}
