/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <malloc.h>

#include "error.h"
#include "fake-world.h"
#include "input-view.h"
#include "keeper.h"

/* The keeper at random: 100,000 steps of wishes, plugs, faults, calls that hang, dying guests and a
 * libvirt that comes and goes. It must hold at every step that nothing is away without a keeper
 * that knows of it, and whenever it is quiet that nothing is split, that all is where libvirt says,
 * and that something will bring it back. And 100,000 toggles, which must leave nothing behind. */

enum
{
  KEYBOARD,
  MOUSE,
  N_CHOSEN,
  RECEIVER_A = N_CHOSEN,
  RECEIVER_B
};

#define STEPS 100000
#define TOGGLES 100000

/* Each waits a second for the patience of the switch to end. */
#define HANGS_TO_WAIT_FOR 5

typedef struct
{
  FakeWorld *world;
  HoSettings *settings;
  HoGuestList *guests;
  HoKeeper *keeper;

  gboolean ended[FAKE_N_GUESTS]; /* and not started again */
  gboolean restarted; /* the guest with the devices, before the keeper has seen its end */
  gboolean meddled;   /* virsh has moved something since all was at home */
  guint hangs_to_wait_for;
  guint asked;
  guint answered;
  guint there;
  guint quiet_checks;
  guint away_checks;
  guint stuck;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const char *ids[] = { fake_world_get_id (KEYBOARD), fake_world_get_id (MOUSE), NULL };
  GSettings *global;

  *fixture = (Fixture){ .world = fake_world_new (), .hangs_to_wait_for = HANGS_TO_WAIT_FOR };
  fixture->settings = ho_settings_new_in_memory (NULL);
  fixture->guests = ho_guest_list_new (HO_HYPERVISOR (fixture->world));
  global = ho_settings_get_global (fixture->settings);
  g_settings_set_strv (global, HO_KEY_INPUT_DEVICES, ids);
  g_settings_set_uint (global, HO_KEY_INPUT_TIMEOUT, 1);
  fixture->keeper = ho_keeper_new (HO_HYPERVISOR (fixture->world), fixture->guests,
                                   HO_USB_BUS (fixture->world), fixture->settings, NULL);
  fake_world_set_writable (fixture->world, TRUE);
  fake_world_plug (fixture->world, RECEIVER_A, FALSE);
  fake_world_plug (fixture->world, RECEIVER_B, FALSE);
  fake_world_set_state (fixture->world, 0, HO_GUEST_RUNNING);
  fake_world_set_state (fixture->world, 1, HO_GUEST_RUNNING);
  fake_world_set_connected (fixture->world, TRUE);
}

static void
run_pending (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  while (!ho_keeper_is_idle (fixture->keeper))
    g_main_context_iteration (NULL, TRUE);
  run_pending ();
  g_assert_finalize_object (fixture->keeper);
  g_object_unref (fixture->guests);
  g_object_unref (fixture->settings);
  g_assert_finalize_object (fixture->world);
}

/* What must hold. */

typedef struct
{
  char phase[16];
  int guest;      /* or -1 */
  gboolean armed; /* a time runs */
  gboolean stuck;
} Told;

static Told
ask (Fixture *fixture)
{
  g_autoptr (GVariant) facts = g_variant_ref_sink (ho_keeper_describe (fixture->keeper));
  const char *phase = NULL, *uuid = NULL;
  Told told = { .guest = -1 };
  gint64 deadline;

  g_variant_lookup (facts, "phase", "&s", &phase);
  g_strlcpy (told.phase, phase, sizeof told.phase);
  if (g_variant_lookup (facts, "guest", "&s", &uuid))
    told.guest = g_str_equal (uuid, fake_world_get_uuid (0)) ? 0 : 1;
  told.armed = g_variant_lookup (facts, "deadline", "x", &deadline);
  g_variant_lookup (facts, "stuck", "b", &told.stuck);
  return told;
}

static gboolean
is_phase (const Told *told, const char *phase)
{
  return g_str_equal (told->phase, phase);
}

/* At every step: what Handover moved is never away without a keeper that is at work, and a keeper
 * that is at work knows for which guest. */
static void
check_always (Fixture *fixture)
{
  Told told = ask (fixture);

  if (is_phase (&told, "idle"))
    fixture->restarted = FALSE;
  if (is_phase (&told, "going") || is_phase (&told, "away"))
    g_assert_cmpint (told.guest, >=, 0);
  for (guint i = 0; i < N_CHOSEN && !fixture->meddled; i++)
    {
      if (fake_world_where (fixture->world, i) >= 0)
        g_assert_false (is_phase (&told, "idle"));
    }
}

/* What a view would show, against where the devices really are. */
static void
check_view (Fixture *fixture)
{
  g_auto (GStrv) ids = ho_input_ids_for_all (fixture->settings, fixture->guests);
  g_autoptr (HoInputView) view
      = ho_input_view_new (ho_usb_bus_get_scan (HO_USB_BUS (fixture->world)), fixture->guests, TRUE,
                           (const char *const *) ids);
  HoInputLocation expected = HO_INPUT_HOST;
  guint here = 0, there[FAKE_N_GUESTS] = { 0 };

  for (guint i = 0; i < N_CHOSEN; i++)
    {
      const HoInputDevice *device = view->devices->pdata[i];
      int where = fake_world_where (fixture->world, i);

      g_assert_cmpint (device->location, ==,
                       where >= 0    ? HO_DEVICE_GUEST
                       : where == -1 ? HO_DEVICE_HOST
                                     : HO_DEVICE_ABSENT);
      if (where >= 0)
        {
          g_assert_cmpstr (ho_guest_get_uuid (device->guest), ==, fake_world_get_uuid (where));
          there[where]++;
        }
      here += where == -1;
    }
  if (there[0] + there[1] > 0)
    expected = here > 0 || (there[0] > 0 && there[1] > 0) ? HO_INPUT_PARTIAL : HO_INPUT_GUEST;
  g_assert_cmpint (view->location, ==, expected);
}

/* When nobody has anything left to do. */
static void
check_quiet (Fixture *fixture)
{
  Told told = ask (fixture);
  gboolean away = is_phase (&told, "away");

  if (ho_hypervisor_get_state (HO_HYPERVISOR (fixture->world)) != HO_CONNECTION_CONNECTED
      || fake_world_count_held (fixture->world) > 0 || fixture->answered < fixture->asked
      || !(away || is_phase (&told, "idle")))
    return;
  fixture->quiet_checks++;
  fixture->away_checks += away;
  check_view (fixture);
  if (fixture->meddled)
    return;
  for (guint i = 0; i < N_CHOSEN; i++)
    {
      int where = fake_world_where (fixture->world, i);

      /* What its first life had came home with the end of that; who is absent is still awaited. */
      if (where != -2 && !(away && fixture->restarted && where == -1))
        g_assert_cmpint (where, ==, away ? told.guest : -1);
    }
  /* No other keyboard is here, so only a time brings them back. */
  if (away)
    g_assert_true (told.armed);
}

/* What can happen. */

typedef struct
{
  Fixture *fixture;
  int guest;
} Wish;

static void
on_answer (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autofree Wish *wish = user_data;
  Fixture *fixture = wish->fixture;
  gboolean done = ho_keeper_finish (HO_KEEPER (object), result, NULL);

  fixture->answered++;
  fixture->there += done && wish->guest >= 0;
}

static void
wish_for (Fixture *fixture, int guest, int return_after)
{
  Wish *wish = g_new (Wish, 1);

  *wish = (Wish){ fixture, guest };
  fixture->asked++;
  if (guest >= 0)
    ho_keeper_go_async (fixture->keeper, fake_world_get_uuid ((guint) guest), return_after, NULL,
                        on_answer, wish);
  else
    ho_keeper_come_home_async (fixture->keeper, "test", NULL, on_answer, wish);
}

static void
fault (Fixture *fixture, gboolean attach, FakeFault kind)
{
  fake_world_fault (fixture->world, attach ? kind : FAKE_WORKS, attach ? FAKE_WORKS : kind);
}

/* The patience of the switch ends before the call does. */
static void
wait_until_stuck (Fixture *fixture)
{
  Told told = ask (fixture);

  if (fixture->hangs_to_wait_for == 0 || fake_world_count_held (fixture->world) == 0
      || is_phase (&told, "idle"))
    return;
  fixture->hangs_to_wait_for--;
  while (!told.stuck && fixture->answered < fixture->asked)
    {
      g_main_context_iteration (NULL, TRUE);
      told = ask (fixture);
      check_always (fixture);
    }
  fixture->stuck++;
}

static void
meddle (Fixture *fixture)
{
  guint device = (guint) g_test_rand_int_range (0, N_CHOSEN);

  fixture->meddled = TRUE;
  if (g_test_rand_bit ())
    fake_world_attach (fixture->world, device, (guint) g_test_rand_int_range (0, FAKE_N_GUESTS));
  else
    fake_world_detach (fixture->world, device);
}

static void
run (Fixture *fixture, guint guest, HoGuestState state)
{
  Told told = ask (fixture);

  if (fixture->ended[guest] && !is_phase (&told, "idle") && told.guest == (int) guest)
    fixture->restarted = TRUE;
  fixture->ended[guest] = FALSE;
  fake_world_set_state (fixture->world, guest, state);
}

static void
do_anything (Fixture *fixture, gboolean may_meddle)
{
  FakeWorld *world = fixture->world;
  guint guest = (guint) g_test_rand_int_range (0, FAKE_N_GUESTS);

  switch (g_test_rand_int_range (0, 24))
    {
    case 0:
    case 1:
    case 2:
    case 3:
    case 4:
      wish_for (fixture, (int) guest, g_test_rand_int_range (-1, 2));
      break;
    case 5:
      wish_for (fixture, -1, 0);
      break;
    case 6:
      fake_world_plug (world, (guint) g_test_rand_int_range (0, N_CHOSEN), FALSE);
      break;
    case 7:
    case 8:
      fake_world_plug (world, KEYBOARD, TRUE);
      fake_world_plug (world, MOUSE, TRUE);
      break;
    case 9:
      fake_world_kill (world, guest);
      fixture->ended[guest] = TRUE;
      break;
    case 10:
    case 11:
      run (fixture, 0, HO_GUEST_RUNNING);
      run (fixture, 1, HO_GUEST_RUNNING);
      break;
    case 12:
      if (g_test_rand_bit ())
        {
          run (fixture, guest, HO_GUEST_PAUSED);
        }
      else
        {
          fake_world_set_state (world, guest, HO_GUEST_OFF);
          fixture->ended[guest] = TRUE;
        }
      break;
    case 13:
    case 14:
      fault (fixture, g_test_rand_bit (), FAKE_FAILS);
      break;
    case 15:
      fault (fixture, g_test_rand_bit (), FAKE_HANGS);
      break;
    case 16:
    case 17:
    case 18:
      fake_world_release (world);
      break;
    case 19:
      wait_until_stuck (fixture);
      break;
    case 20:
      fake_world_set_connected (world, g_test_rand_int_range (0, 3) > 0);
      break;
    case 21:
      if (may_meddle)
        meddle (fixture);
      break;
    case 22:
      fake_world_write (world, guest, "host\n", 5);
      break;
    default:
      ho_keeper_return (fixture->keeper, "test");
    }
}

/* Puts the world in order and lets everybody finish, then looks. A wish that was on its way may
 * have gone to the guest after the first return; nothing may keep them there. */
static void
settle (Fixture *fixture)
{
  fake_world_fault (fixture->world, FAKE_WORKS, FAKE_WORKS);
  fake_world_set_connected (fixture->world, TRUE);
  fake_world_release (fixture->world);
  while (fixture->answered < fixture->asked)
    g_main_context_iteration (NULL, TRUE);
  do
    {
      ho_keeper_return (fixture->keeper, "settle");
      while (!ho_keeper_is_idle (fixture->keeper))
        g_main_context_iteration (NULL, TRUE);
    }
  while (fake_world_where (fixture->world, KEYBOARD) >= 0
         || fake_world_where (fixture->world, MOUSE) >= 0);
  for (guint i = 0; i < N_CHOSEN; i++)
    g_assert_false (fake_world_is_dead (fixture->world, i));
  for (guint i = 0; i < FAKE_N_GUESTS; i++)
    g_assert_cmpuint (fake_world_count_entries (fixture->world, i), ==, 0);
  fixture->meddled = FALSE;
  check_view (fixture);
}

static void
test_anything (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < STEPS; i++)
    {
      do_anything (fixture, i % 10000 >= 5000);
      if (g_test_rand_int_range (0, 8) == 0)
        {
          run_pending ();
          check_quiet (fixture);
        }
      else
        {
          for (int n = g_test_rand_int_range (0, 4); n > 0; n--)
            g_main_context_iteration (NULL, FALSE);
        }
      check_always (fixture);
      if (i % 5000 == 4999)
        settle (fixture);
    }
  g_test_message ("%u wishes, %u of them there; quiet %u times, %u of them away; stuck %u times",
                  fixture->asked, fixture->there, fixture->quiet_checks, fixture->away_checks,
                  fixture->stuck);
  g_assert_cmpuint (fixture->there, >, fixture->asked / 50);
  g_assert_cmpuint (fixture->away_checks, >, 100);
  g_assert_cmpuint (fixture->stuck, ==, HANGS_TO_WAIT_FOR);
}

/* Toggles. */

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
toggle (Fixture *fixture, guint i)
{
  gboolean go = fake_world_where (fixture->world, KEYBOARD) < 0;

  if (g_test_rand_int_range (0, 10) == 0)
    fault (fixture, go, FAKE_FAILS);
  wish_for (fixture, go ? (int) (i % FAKE_N_GUESTS) : -1, 0);
  while (fixture->answered < fixture->asked)
    g_main_context_iteration (NULL, TRUE);
  run_pending ();
  check_always (fixture);
  check_quiet (fixture);
}

static void
test_toggles (Fixture *fixture, gconstpointer data)
{
  guint descriptors = 0;
  gsize memory = 0;

  for (guint i = 0; i < TOGGLES; i++)
    {
      toggle (fixture, i);
      if (i % 5000 != 4999)
        continue;
      settle (fixture);
      run_pending ();
      if (i < 10000)
        {
          descriptors = count_descriptors ();
          memory = mallinfo2 ().uordblks;
        }
    }
  g_test_message ("%u of %u wishes there; %u descriptors, then %u; %" G_GSIZE_FORMAT
                  " bytes in use, then %" G_GSIZE_FORMAT,
                  fixture->there, fixture->asked, descriptors, count_descriptors (), memory,
                  (gsize) mallinfo2 ().uordblks);
  g_assert_cmpuint (fixture->there, >, TOGGLES / 3);
  g_assert_cmpuint (count_descriptors (), ==, descriptors);
  g_assert_cmpuint (mallinfo2 ().uordblks, <, memory + 65536);
}

/* Each return is a message; a hundred thousand of them are no use to anybody. */
static GLogWriterOutput
drop_messages (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  return (level & G_LOG_LEVEL_MASK) >= G_LOG_LEVEL_MESSAGE
             ? G_LOG_WRITER_HANDLED
             : g_log_writer_default (level, fields, n_fields, user_data);
}

/* A change is to be judged by what it changes, so the usual run throws the same dice each time;
 * --long throws others, and `--seed` those that are named. */
int
main (int argc, char **argv)
{
  char seed[] = "--seed", usual[] = "R02S11111111111111111111111111111111";
  char *same_dice[] = { argv[0], seed, usual, NULL };

  if (argc == 1 && g_getenv ("HANDOVER_TESTS_LONG") == NULL)
    {
      argc = 3;
      argv = same_dice;
    }
  g_log_set_writer_func (drop_messages, NULL, NULL);
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/keeper-random/anything", Fixture, NULL, set_up, test_anything, tear_down);
  g_test_add ("/keeper-random/toggles", Fixture, NULL, set_up, test_toggles, tear_down);
  return g_test_run ();
}
