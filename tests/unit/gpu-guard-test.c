/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "error.h"
#include "fake-root.h"
#include "gpu-guard.h"
#include "guest-control.h"
#include "handover-watch.h"
#include "hypervisor-libvirt.h"

#include <sys/sysmacros.h>

/* The guard and the watch: guests of libvirt's test driver, with a card of a constructed machine.
 */

#define FULL makedev (1, 7)
#define ZERO makedev (1, 5)

#define DISPLAY "0000:01:00.0"
#define AUDIO "0000:01:00.1"

#define HOSTDEV(function)                                                                          \
  "<hostdev mode='subsystem' type='pci' managed='yes'><source><address domain='0x0000' "           \
  "bus='0x01' "                                                                                    \
  "slot='0x00' function='" function "'/></source></hostdev>"
#define GUEST(name, uuid)                                                                          \
  "<domain type='test'><name>" name "</name><uuid>" uuid "</uuid><memory>1024</memory>"            \
  "<os><type arch='x86_64'>hvm</type></os><devices>" HOSTDEV ("0x0")                               \
      HOSTDEV ("0x1") "</devices><test:runstate>5</test:runstate></domain>"

static const char node_xml[]
    = "<node xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>" GUEST (
        "win10", "2d3ec3a6-6a1c-4a8e-9f0b-0b5f4e8b0001")
        GUEST ("win11", "2d3ec3a6-6a1c-4a8e-9f0b-0b5f4e8b0002") "</node>";

/* A sound server that lets go when it is asked to. */
#define TEST_TYPE_SOUND (test_sound_get_type ())
G_DECLARE_FINAL_TYPE (TestSound, test_sound, TEST, SOUND, GObject)

struct _TestSound
{
  GObject parent;
  FakeRoot *root;
  gboolean hangs; /* nothing comes of it, late */
  guint released;
  guint restored;
};

static gboolean
on_given_up (gpointer task)
{
  g_task_return_new_error (task, HO_ERROR, HO_ERROR_FAILED, "it does not answer");
  g_object_unref (task);
  return G_SOURCE_REMOVE;
}

static void
test_sound_release (HoSoundReleaser *releaser, const char *address, GTask *task)
{
  TestSound *self = TEST_SOUND (releaser);

  g_assert_cmpstr (address, ==, AUDIO);
  self->released++;
  if (self->hangs)
    {
      g_timeout_add (1500, on_given_up, task);
      return;
    }
  fake_root_remove (self->root, "proc/500");
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
test_sound_restore (HoSoundReleaser *releaser, const char *address)
{
  TEST_SOUND (releaser)->restored++;
}

static void
test_sound_iface_init (HoSoundReleaserInterface *iface)
{
  iface->release = test_sound_release;
  iface->restore = test_sound_restore;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestSound, test_sound, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (HO_TYPE_SOUND_RELEASER,
                                                      test_sound_iface_init))

static void
test_sound_class_init (TestSoundClass *klass)
{
}

static void
test_sound_init (TestSound *self)
{
}

typedef struct
{
  FakeRoot *root;
  HoHypervisorLibvirt *hypervisor;
  HoSettings *settings;
  HoGuestList *guests;
  HoGuestControl *control;
  HoGpuMonitor *monitor;
  HoGpuList *gpus;
  HoStartWatch *starts;
  HoGpuGuard *guard;
  HoHandoverWatch *watch;
  TestSound *sound;
  HoGuest *win10;
  HoGuest *win11;
  guint refused;
  guint handed_over;
  guint incomplete;
  char *straggler;
  HoGpuOwner owner; /* at the last hand-over */
} Fixture;

static void
on_refused (Fixture *fixture)
{
  fixture->refused++;
}

static void
on_handed_over (Fixture *fixture, HoGpu *gpu)
{
  fixture->handed_over++;
  fixture->owner = ho_gpu_get_owner (gpu);
}

static void
on_incomplete (Fixture *fixture, HoGpu *gpu, const HoPciFunction *straggler)
{
  fixture->incomplete++;
  g_free (fixture->straggler);
  fixture->straggler = g_strdup (straggler->address);
}

static void
bind_host (Fixture *fixture)
{
  fake_root_bind (fixture->root, DISPLAY, "amdgpu");
  fake_root_add_node (fixture->root, DISPLAY, "drm/card1", "drm", "full", FULL);
  fake_root_bind (fixture->root, AUDIO, "snd_hda_intel");
  fake_root_add_node (fixture->root, AUDIO, "sound/card1/controlC1", "sound", "zero", ZERO);
}

static void
bind_vfio (Fixture *fixture)
{
  fake_root_bind (fixture->root, DISPLAY, "vfio-pci");
  fake_root_bind (fixture->root, AUDIO, "vfio-pci");
}

static void
on_result (GObject *object, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* What a uevent would do. */
static void
look (Fixture *fixture)
{
  g_autoptr (GAsyncResult) result = NULL;

  ho_gpu_monitor_refresh_async (fixture->monitor, NULL, on_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree char *file = NULL;
  g_autofree char *uri = NULL;
  GSettings *global;

  fixture->root = fake_root_new ();
  fake_root_write (fixture->root, "node.xml", node_xml);
  file = g_build_filename (fixture->root->path, "node.xml", NULL);
  uri = g_strconcat ("test://", file, NULL);
  fake_root_add_function (fixture->root, DISPLAY, "0x030000", "0x1002", "0x73bf", 1);
  fake_root_add_function (fixture->root, AUDIO, "0x040300", "0x1002", "0xab28", 1);
  fake_root_set_module (fixture->root, "amdgpu", 1);
  fake_root_set_module (fixture->root, "snd_hda_intel", 0);
  bind_host (fixture);

  fixture->settings = ho_settings_new_in_memory (NULL);
  global = ho_settings_get_global (fixture->settings);
  g_settings_set_uint (global, HO_KEY_GPU_TIMEOUT, 2);
  fixture->hypervisor = ho_hypervisor_libvirt_new (uri);
  fixture->guests = ho_guest_list_new (HO_HYPERVISOR (fixture->hypervisor));
  fixture->control = ho_guest_control_new (HO_HYPERVISOR (fixture->hypervisor), fixture->guests,
                                           fixture->settings);
  fixture->monitor = ho_gpu_monitor_new (fixture->root->path);
  fixture->gpus = ho_gpu_list_new (fixture->monitor, fixture->guests);
  fixture->starts = ho_start_watch_new (fixture->gpus);
  fixture->guard
      = ho_gpu_guard_new (fixture->gpus, fixture->guests, fixture->starts, fixture->settings);
  fixture->watch = ho_handover_watch_new (fixture->gpus, fixture->guests, fixture->settings);
  fixture->sound = g_object_new (TEST_TYPE_SOUND, NULL);
  fixture->sound->root = fixture->root;
  ho_gpu_guard_set_sound_releaser (fixture->guard, HO_SOUND_RELEASER (fixture->sound));
  ho_guest_control_add_gate (fixture->control, HO_START_GATE (fixture->guard));
  g_signal_connect_swapped (fixture->guard, "refused", G_CALLBACK (on_refused), fixture);
  g_signal_connect_swapped (fixture->watch, "handed-over", G_CALLBACK (on_handed_over), fixture);
  g_signal_connect_swapped (fixture->watch, "incomplete", G_CALLBACK (on_incomplete), fixture);
  ho_hypervisor_libvirt_connect (fixture->hypervisor);
  while (g_list_model_get_n_items (G_LIST_MODEL (fixture->gpus)) == 0)
    g_main_context_iteration (NULL, TRUE);
  fixture->win10 = g_object_ref (ho_guest_list_find (fixture->guests, "win10"));
  fixture->win11 = g_object_ref (ho_guest_list_find (fixture->guests, "win11"));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_free (fixture->straggler);
  g_object_unref (fixture->win10);
  g_object_unref (fixture->win11);
  g_object_unref (fixture->watch);
  g_object_unref (fixture->control);
  g_object_unref (fixture->guard);
  g_object_unref (fixture->starts);
  g_object_unref (fixture->sound);
  g_object_unref (fixture->gpus);
  g_object_unref (fixture->monitor);
  g_object_unref (fixture->guests);
  g_object_unref (fixture->hypervisor);
  g_object_unref (fixture->settings);
  fake_root_free (fixture->root);
}

static gboolean
start_with (Fixture *fixture, HoGuest *guest, HoStartFlags flags, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  ho_guest_control_start_async (fixture->control, guest, flags, NULL, on_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return ho_guest_control_finish (fixture->control, result, error);
}

static void
assert_starts (Fixture *fixture, HoGuest *guest)
{
  g_autoptr (GError) error = NULL;

  start_with (fixture, guest, HO_START_NONE, &error);
  g_assert_no_error (error);
  g_assert_cmpint (ho_guest_get_state (guest), ==, HO_GUEST_RUNNING);
}

static void
assert_refused (Fixture *fixture, HoGuest *guest, const char *word)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (start_with (fixture, guest, HO_START_NONE, &error));
  g_assert_error (error, HO_ERROR, HO_ERROR_REFUSED);
  g_assert_nonnull (strstr (error->message, word));
  g_assert_cmpint (ho_guest_get_state (guest), ==, HO_GUEST_OFF);
}

static void
stop (Fixture *fixture, HoGuest *guest)
{
  g_autoptr (GAsyncResult) result = NULL;

  ho_guest_control_stop_async (fixture->control, guest, TRUE, NULL, on_result, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (ho_guest_control_finish (fixture->control, result, NULL));
}

static void
hold (Fixture *fixture, int pid, const char *command, const char *node)
{
  fake_root_add_process (fixture->root, pid, command);
  fake_root_add_descriptor (fixture->root, pid, 3, node);
}

static void
test_free (Fixture *fixture, gconstpointer data)
{
  assert_starts (fixture, fixture->win10);
  g_assert_cmpuint (fixture->refused, ==, 0);
}

static void
test_held (Fixture *fixture, gconstpointer data)
{
  hold (fixture, 100, "blender", "/dev/full");
  assert_refused (fixture, fixture->win10, "blender (100)");
  g_assert_cmpuint (fixture->refused, ==, 1);
  hold (fixture, 200, "mpv", "/dev/zero");
  fake_root_remove (fixture->root, "proc/100");
  assert_refused (fixture, fixture->win10, "mpv (200)");
  fake_root_remove (fixture->root, "proc/200");
  assert_starts (fixture, fixture->win10);
}

static void
test_held_by_session (Fixture *fixture, gconstpointer data)
{
  hold (fixture, 100, "Xorg", "/dev/full");
  assert_refused (fixture, fixture->win10, "desktop session");
}

static void
test_ignore_busy (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  hold (fixture, 100, "blender", "/dev/full");
  start_with (fixture, fixture->win10, HO_START_IGNORE_BUSY, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fixture->refused, ==, 0);
}

/* Not every process can be seen, and the driver has an unknown user. */
static void
test_unknown (Fixture *fixture, gconstpointer data)
{
  g_autoptr (HoGpu) gpu = g_list_model_get_item (G_LIST_MODEL (fixture->gpus), 0);

  fake_root_remove (fixture->root, "proc/2");
  assert_refused (fixture, fixture->win10, "can't be seen");
  g_assert_cmpuint (fixture->refused, ==, 1);
  ho_gpu_guard_trust (fixture->guard, gpu);
  assert_starts (fixture, fixture->win10);
  stop (fixture, fixture->win10);
  /* Trust does not mean that it may be in use. */
  hold (fixture, 100, "blender", "/dev/full");
  assert_refused (fixture, fixture->win10, "blender (100)");
}

static void
test_shared (Fixture *fixture, gconstpointer data)
{
  assert_starts (fixture, fixture->win10);
  assert_refused (fixture, fixture->win11, "win10 has");
  bind_vfio (fixture);
  assert_refused (fixture, fixture->win11, "win10 has");
  stop (fixture, fixture->win10);
  assert_starts (fixture, fixture->win11);
}

/* What is set aside at boot is nobody's on the host. */
static void
test_set_aside (Fixture *fixture, gconstpointer data)
{
  bind_vfio (fixture);
  fake_root_remove (fixture->root, "proc/2");
  assert_starts (fixture, fixture->win10);
}

static void
test_sound (Fixture *fixture, gconstpointer data)
{
  hold (fixture, 500, "pulseaudio", "/dev/zero");
  assert_starts (fixture, fixture->win10);
  g_assert_cmpuint (fixture->sound->released, ==, 1);
  g_assert_cmpuint (fixture->sound->restored, ==, 0);
  stop (fixture, fixture->win10);
  g_assert_cmpuint (fixture->sound->restored, ==, 1);
}

static void
test_sound_in_vain (Fixture *fixture, gconstpointer data)
{
  hold (fixture, 500, "pulseaudio", "/dev/zero");
  hold (fixture, 600, "blender", "/dev/full");
  assert_refused (fixture, fixture->win10, "blender (600)");
  g_assert_cmpuint (fixture->sound->released, ==, 0);
  fake_root_remove (fixture->root, "proc/2");
  fake_root_remove (fixture->root, "proc/600");
  assert_refused (fixture, fixture->win10, "can't be seen");
  g_assert_cmpuint (fixture->sound->released, ==, 1);
  g_assert_cmpuint (fixture->sound->restored, ==, 1);
}

/* A sound server that hangs is asked as long as a card may take, and not for ever. */
static void
test_sound_hangs (Fixture *fixture, gconstpointer data)
{
  hold (fixture, 500, "pulseaudio", "/dev/zero");
  fixture->sound->hangs = TRUE;
  assert_refused (fixture, fixture->win10, "pulseaudio (500)");
  g_assert_cmpuint (fixture->sound->released, >=, 1);
  g_assert_cmpuint (fixture->sound->released, <=, 2);
}

static void
test_free_command (Fixture *fixture, gconstpointer data)
{
  GSettings *global = ho_settings_get_global (fixture->settings);
  g_autofree char *command
      = g_strdup_printf ("test $HANDOVER_GUEST = win10 && test $HANDOVER_GPU = " DISPLAY
                         " && (sleep 0.5; rm -r %s/proc/100) >/dev/null 2>&1 &",
                         fixture->root->path);

  hold (fixture, 100, "cuda-job", "/dev/full");
  g_settings_set_string (global, HO_KEY_GPU_FREE_COMMAND, "exit 3");
  assert_refused (fixture, fixture->win10, "exit 3");
  g_settings_set_string (global, HO_KEY_GPU_FREE_COMMAND, "exec sleep 60");
  assert_refused (fixture, fixture->win10, "2 seconds");
  /* The card is free some time after the command has ended. */
  g_settings_set_string (global, HO_KEY_GPU_FREE_COMMAND, command);
  assert_starts (fixture, fixture->win10);
}

static void
on_stalled (HoStartWatch *starts, HoGuest *guest, HoGpu *gpu, const HoPciFunction *function,
            char **told)
{
  const HoHolders *holders = ho_gpu_get_holders (gpu);
  g_autofree char *names
      = holders != NULL && holders->list->len > 0 ? ho_holders_dup_names (holders) : NULL;

  *told = g_strdup_printf ("%s %s %s", function->address,
                           function->driver != NULL ? function->driver : function->leaving, names);
}

static void
on_moved_on (HoStartWatch *starts, HoGuest *guest, gboolean *moved)
{
  *moved = TRUE;
}

/* The guard lets win10 through with @flags. libvirt has not been asked yet. */
static void
pass (Fixture *fixture, HoStartFlags flags)
{
  g_autoptr (GAsyncResult) result = NULL;

  ho_guest_set_wish (fixture->win10, HO_WISH_START);
  ho_start_gate_open_async (HO_START_GATE (fixture->guard), fixture->win10, flags, NULL, on_result,
                            &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (ho_start_gate_open_finish (HO_START_GATE (fixture->guard), result, NULL));
}

/* libvirt takes the first function, and hangs at the second, whose driver has taken its nodes away
 * and waits for the one who has one open. The kernel shows the driver no more by then; for a moment
 * it still did. */
static void
assert_stall (Fixture *fixture, gboolean shown)
{
  g_autofree char *told = NULL;
  gboolean moved = FALSE;

  hold (fixture, 600, "sleep", "/dev/zero");
  g_signal_connect (fixture->starts, "stalled", G_CALLBACK (on_stalled), &told);
  g_signal_connect (fixture->starts, "moved-on", G_CALLBACK (on_moved_on), &moved);
  pass (fixture, HO_START_IGNORE_BUSY);
  fake_root_bind (fixture->root, DISPLAY, "vfio-pci");
  fake_root_remove (fixture->root, "sys/bus/pci/devices/" AUDIO "/sound");
  if (!shown)
    fake_root_remove (fixture->root, "sys/bus/pci/devices/" AUDIO "/driver");
  look (fixture);
  while (told == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpstr (told, ==, AUDIO " snd_hda_intel sleep (600)");
  g_assert_false (moved);
  g_assert_true (ho_start_gate_holds_up (HO_START_GATE (fixture->guard), fixture->win10));
  bind_vfio (fixture);
  look (fixture);
  g_assert_false (ho_start_gate_holds_up (HO_START_GATE (fixture->guard), fixture->win10));
  ho_guest_set_wish (fixture->win10, HO_WISH_NONE);
  g_assert_true (moved);
}

static void
test_stall (Fixture *fixture, gconstpointer data)
{
  assert_stall (fixture, FALSE);
}

static void
test_stall_begins (Fixture *fixture, gconstpointer data)
{
  assert_stall (fixture, TRUE);
}

/* The sound server opens the card when the guard has looked: it is asked then, and nobody is told.
 */
static void
test_sound_late (Fixture *fixture, gconstpointer data)
{
  g_autofree char *told = NULL;

  g_settings_set_uint (ho_settings_get_global (fixture->settings), HO_KEY_GPU_TIMEOUT, 600);
  g_signal_connect (fixture->starts, "stalled", G_CALLBACK (on_stalled), &told);
  pass (fixture, HO_START_NONE);
  hold (fixture, 500, "pulseaudio", "/dev/zero");
  fake_root_bind (fixture->root, DISPLAY, "vfio-pci");
  fake_root_remove (fixture->root, "sys/bus/pci/devices/" AUDIO "/driver");
  look (fixture);
  while (fixture->sound->released == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_null (told);
  fake_root_bind (fixture->root, AUDIO, "vfio-pci");
  ho_guest_set_wish (fixture->win10, HO_WISH_NONE);
  ho_start_gate_close (HO_START_GATE (fixture->guard), fixture->win10);
  g_assert_cmpuint (fixture->sound->restored, ==, 1);
}

/* The watch. */

static gboolean
on_time (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Long enough for everything that is going to be told. */
static void
wait_seconds (guint seconds)
{
  gboolean over = FALSE;

  g_timeout_add_seconds (seconds, on_time, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_for (guint *count, guint number)
{
  while (*count < number)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_over_and_back (Fixture *fixture, gconstpointer data)
{
  fake_root_bind (fixture->root, DISPLAY, "vfio-pci");
  look (fixture);
  fake_root_bind (fixture->root, AUDIO, "vfio-pci");
  look (fixture);
  assert_starts (fixture, fixture->win10);
  wait_for (&fixture->handed_over, 1);
  g_assert_cmpint (fixture->owner, ==, HO_GPU_GUEST);
  stop (fixture, fixture->win10);
  fake_root_bind (fixture->root, DISPLAY, NULL);
  look (fixture);
  bind_host (fixture);
  look (fixture);
  wait_for (&fixture->handed_over, 2);
  g_assert_cmpint (fixture->owner, ==, HO_GPU_HOST);
  wait_seconds (4);
  g_assert_cmpuint (fixture->handed_over, ==, 2);
  g_assert_cmpuint (fixture->incomplete, ==, 0);
}

/* What libvirt says of it then is unknown; and with the connection the guest has what it had. */
static void
test_connection_lost (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) xml = g_string_new (node_xml);
  g_autofree char *file = g_build_filename (fixture->root->path, "running.xml", NULL);
  g_autofree char *running = g_strconcat ("test://", file, NULL);
  g_autofree char *nowhere = g_strconcat ("test://", file, ".gone", NULL);

  bind_vfio (fixture);
  look (fixture);
  assert_starts (fixture, fixture->win10);
  wait_for (&fixture->handed_over, 1);
  g_assert_cmpint (fixture->owner, ==, HO_GPU_GUEST);

  ho_hypervisor_libvirt_set_uri (fixture->hypervisor, nowhere);
  wait_seconds (4);
  g_assert_cmpint (ho_hypervisor_get_state (HO_HYPERVISOR (fixture->hypervisor)), !=,
                   HO_CONNECTION_CONNECTED);
  g_string_replace (xml, "runstate>5<", "runstate>1<", 1); /* that of the first guest */
  fake_root_write (fixture->root, "running.xml", xml->str);
  ho_hypervisor_libvirt_set_uri (fixture->hypervisor, running);
  wait_seconds (3);
  g_assert_cmpint (ho_guest_get_state (ho_guest_list_find (fixture->guests, "win10")), ==,
                   HO_GUEST_RUNNING);
  g_assert_cmpuint (fixture->handed_over, ==, 1);
  g_assert_cmpuint (fixture->incomplete, ==, 0);
}

/* Handover starts while the second of two guests that share the card has it: that is no news. */
static void
test_found_with_guest (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GString) xml = g_string_new (node_xml);
  g_autofree char *file = g_build_filename (fixture->root->path, "running.xml", NULL);
  g_autofree char *running = g_strconcat ("test://", file, NULL);
  g_autofree char *nowhere = g_strconcat ("test://", file, ".gone", NULL);
  HoHypervisor *hypervisor = HO_HYPERVISOR (fixture->hypervisor);

  bind_vfio (fixture);
  look (fixture);
  wait_for (&fixture->handed_over, 1);
  ho_hypervisor_libvirt_set_uri (fixture->hypervisor, nowhere);
  while (ho_guest_list_is_current (fixture->guests))
    g_main_context_iteration (NULL, TRUE);

  g_object_unref (fixture->watch);
  fixture->watch = ho_handover_watch_new (fixture->gpus, fixture->guests, fixture->settings);
  g_signal_connect_swapped (fixture->watch, "handed-over", G_CALLBACK (on_handed_over), fixture);
  strstr (strstr (xml->str, "win11"), "runstate>5<")[strlen ("runstate>")] = '1';
  fake_root_write (fixture->root, "running.xml", xml->str);
  ho_hypervisor_libvirt_set_uri (fixture->hypervisor, running);
  while (ho_hypervisor_get_state (hypervisor) != HO_CONNECTION_CONNECTED)
    g_main_context_iteration (NULL, TRUE);
  wait_seconds (3);
  g_set_object (&fixture->win11, ho_guest_list_find (fixture->guests, "win11"));
  g_assert_cmpint (ho_guest_get_state (fixture->win11), ==, HO_GUEST_RUNNING);
  g_assert_cmpuint (fixture->handed_over, ==, 1);

  stop (fixture, fixture->win11);
  bind_host (fixture);
  look (fixture);
  wait_for (&fixture->handed_over, 2);
  g_assert_cmpint (fixture->owner, ==, HO_GPU_HOST);
}

static void
test_flap (Fixture *fixture, gconstpointer data)
{
  bind_vfio (fixture);
  look (fixture);
  bind_host (fixture);
  look (fixture);
  wait_seconds (4);
  g_assert_cmpuint (fixture->handed_over, ==, 0);
  g_assert_cmpuint (fixture->incomplete, ==, 0);
}

static void
test_set_aside_by_hand (Fixture *fixture, gconstpointer data)
{
  bind_vfio (fixture);
  look (fixture);
  wait_for (&fixture->handed_over, 1);
  g_assert_cmpint (fixture->owner, ==, HO_GPU_RESERVED);
  bind_host (fixture);
  look (fixture);
  wait_for (&fixture->handed_over, 2);
  g_assert_cmpint (fixture->owner, ==, HO_GPU_HOST);
}

static void
test_incomplete_return (Fixture *fixture, gconstpointer data)
{
  bind_vfio (fixture);
  assert_starts (fixture, fixture->win10);
  wait_for (&fixture->handed_over, 1);
  stop (fixture, fixture->win10);
  fake_root_bind (fixture->root, DISPLAY, "amdgpu");
  fake_root_add_node (fixture->root, DISPLAY, "drm/card1", "drm", "full", FULL);
  look (fixture);
  wait_for (&fixture->incomplete, 1);
  g_assert_cmpstr (fixture->straggler, ==, AUDIO);
  g_assert_cmpuint (fixture->handed_over, ==, 1);
  bind_host (fixture);
  look (fixture);
  wait_for (&fixture->handed_over, 2);
  g_assert_cmpuint (fixture->incomplete, ==, 1);
}

/* The driver is back, its device node is not. */
static void
test_missing_node (Fixture *fixture, gconstpointer data)
{
  bind_vfio (fixture);
  assert_starts (fixture, fixture->win10);
  wait_for (&fixture->handed_over, 1);
  stop (fixture, fixture->win10);
  bind_host (fixture);
  fake_root_remove (fixture->root, "dev/full");
  look (fixture);
  wait_for (&fixture->incomplete, 1);
  g_assert_cmpstr (fixture->straggler, ==, DISPLAY);
  fake_root_write (fixture->root, "dev/full", "");
  look (fixture);
  wait_for (&fixture->handed_over, 2);
}

static void
test_no_driver (Fixture *fixture, gconstpointer data)
{
  bind_vfio (fixture);
  assert_starts (fixture, fixture->win10);
  wait_for (&fixture->handed_over, 1);
  stop (fixture, fixture->win10);
  fake_root_bind (fixture->root, DISPLAY, NULL);
  fake_root_bind (fixture->root, AUDIO, NULL);
  look (fixture);
  wait_for (&fixture->incomplete, 1);
  g_assert_cmpstr (fixture->straggler, ==, DISPLAY);
}

/* A card that vfio-pci has from the boot on goes to the guest and back without a driver's change.
 */
static void
test_always_set_aside (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->watch);
  bind_vfio (fixture);
  look (fixture);
  /* Whoever starts Handover now. */
  g_object_unref (fixture->gpus);
  fixture->gpus = ho_gpu_list_new (fixture->monitor, fixture->guests);
  fixture->watch = ho_handover_watch_new (fixture->gpus, fixture->guests, fixture->settings);
  g_signal_connect_swapped (fixture->watch, "handed-over", G_CALLBACK (on_handed_over), fixture);
  look (fixture);
  assert_starts (fixture, fixture->win10);
  wait_for (&fixture->handed_over, 1);
  g_assert_cmpint (fixture->owner, ==, HO_GPU_GUEST);
  stop (fixture, fixture->win10);
  wait_for (&fixture->handed_over, 2);
  g_assert_cmpint (fixture->owner, ==, HO_GPU_RESERVED);
}

static void
test_commands (Fixture *fixture, gconstpointer data)
{
  GSettings *global = ho_settings_get_global (fixture->settings);
  g_autofree char *file = g_build_filename (fixture->root->path, "ran", NULL);
  g_autofree char *to_guest = g_strdup_printf ("echo guest $HANDOVER_GUEST >> %s", file);
  g_autofree char *to_host = g_strdup_printf ("echo host $HANDOVER_GUEST >> %s", file);
  g_autofree char *text = NULL;

  g_settings_set_string (global, HO_KEY_GPU_GUEST_COMMAND, to_guest);
  g_settings_set_string (global, HO_KEY_GPU_HOST_COMMAND, to_host);
  bind_vfio (fixture);
  assert_starts (fixture, fixture->win10);
  wait_for (&fixture->handed_over, 1);
  stop (fixture, fixture->win10);
  bind_host (fixture);
  look (fixture);
  wait_for (&fixture->handed_over, 2);
  do
    {
      g_usleep (10000);
      g_clear_pointer (&text, g_free);
      g_file_get_contents (file, &text, NULL, NULL);
    }
  while (text == NULL || strstr (text, "host win10\n") == NULL);
  g_assert_cmpstr (text, ==, "guest win10\nhost win10\n");
}

/* Nothing happens, so nothing wakes up: neither while a guest has the card nor afterwards. */
static void
assert_quiet (void)
{
  gboolean over = FALSE;
  guint woken = 0;

  wait_seconds (4); /* for everything that is still to be told */
  g_timeout_add_seconds (5, on_time, &over);
  while (!over)
    {
      g_main_context_iteration (NULL, TRUE);
      woken++;
    }
  g_assert_cmpuint (woken, ==, 1);
}

static void
test_quiet (Fixture *fixture, gconstpointer data)
{
  hold (fixture, 500, "pulseaudio", "/dev/zero");
  bind_vfio (fixture);
  look (fixture);
  assert_starts (fixture, fixture->win10);
  wait_for (&fixture->handed_over, 1);
  assert_quiet ();
  stop (fixture, fixture->win10);
  bind_host (fixture);
  look (fixture);
  wait_for (&fixture->handed_over, 2);
  assert_quiet ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name) g_test_add ("/gpu-guard/" #name, Fixture, NULL, set_up, test_##name, tear_down)
  ADD (free);
  ADD (held);
  ADD (held_by_session);
  ADD (ignore_busy);
  ADD (unknown);
  ADD (shared);
  ADD (set_aside);
  ADD (sound);
  ADD (sound_in_vain);
  ADD (sound_hangs);
  ADD (sound_late);
  ADD (free_command);
  ADD (stall);
  ADD (stall_begins);
  ADD (over_and_back);
  ADD (connection_lost);
  ADD (found_with_guest);
  ADD (flap);
  ADD (set_aside_by_hand);
  ADD (incomplete_return);
  ADD (missing_node);
  ADD (no_driver);
  ADD (always_set_aside);
  ADD (commands);
  ADD (quiet);
#undef ADD
  return g_test_run ();
}
