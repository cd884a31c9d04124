/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core.h"
#include "error.h"
#include "hypervisor-libvirt.h"

/* The control against libvirt's own test driver, in this process. */

typedef struct
{
  HoHypervisorLibvirt *hypervisor;
  HoCore *core;
  HoGuest *guest;
} Fixture;

/* A gate that says no, or counts. */
#define TEST_TYPE_GATE (test_gate_get_type ())
G_DECLARE_FINAL_TYPE (TestGate, test_gate, TEST, GATE, GObject)

struct _TestGate
{
  GObject parent;
  gboolean refuse;
  int opened;
  int closed;
};

static void
test_gate_open (HoStartGate *gate, HoGuest *guest, HoStartFlags flags, GTask *task)
{
  TestGate *self = TEST_GATE (gate);

  self->opened++;
  if (self->refuse)
    g_task_return_new_error (task, HO_ERROR, HO_ERROR_REFUSED, "no");
  else
    g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
test_gate_close (HoStartGate *gate, HoGuest *guest)
{
  TEST_GATE (gate)->closed++;
}

static void
test_gate_iface_init (HoStartGateInterface *iface)
{
  iface->open = test_gate_open;
  iface->close = test_gate_close;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TestGate, test_gate, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (HO_TYPE_START_GATE, test_gate_iface_init))

static void
test_gate_class_init (TestGateClass *klass)
{
}

static void
test_gate_init (TestGate *self)
{
}

static void
on_result (GObject *object, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static gboolean
finish (HoGuestControl *control, GAsyncResult **result, GError **error)
{
  gboolean ok;

  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);
  ok = ho_guest_control_finish (control, *result, error);
  g_clear_object (result);
  return ok;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (HoSettings) settings = ho_settings_new_in_memory (NULL);

  fixture->hypervisor = ho_hypervisor_libvirt_new ("test:///default");
  fixture->core = ho_core_new (settings, HO_HYPERVISOR (fixture->hypervisor));
  ho_hypervisor_libvirt_connect (fixture->hypervisor);
  while (ho_core_get_primary_guest (fixture->core) == NULL
         || ho_hypervisor_get_state (HO_HYPERVISOR (fixture->hypervisor))
                != HO_CONNECTION_CONNECTED)
    g_main_context_iteration (NULL, TRUE);
  fixture->guest = g_object_ref (ho_core_get_primary_guest (fixture->core));
  /* The test host is shared with an earlier test while that one's connection still closes. */
  ho_guest_control_start_async (ho_core_get_control (fixture->core), fixture->guest, HO_START_NONE,
                                NULL, on_result, &result);
  g_assert_true (finish (ho_core_get_control (fixture->core), &result, NULL));
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->guest);
  g_object_unref (fixture->core);
  g_object_unref (fixture->hypervisor);
}

static void
test_life (Fixture *fixture, gconstpointer data)
{
  HoGuestControl *control = ho_core_get_control (fixture->core);
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (ho_guest_get_state (fixture->guest), ==, HO_GUEST_RUNNING);
  ho_guest_control_stop_async (control, fixture->guest, FALSE, NULL, on_result, &result);
  g_assert_cmpint (ho_guest_get_state (fixture->guest), ==, HO_GUEST_STOPPING);
  g_assert_true (finish (control, &result, &error));
  g_assert_cmpint (ho_guest_get_state (fixture->guest), ==, HO_GUEST_OFF);

  ho_guest_control_start_async (control, fixture->guest, HO_START_NONE, NULL, on_result, &result);
  g_assert_cmpint (ho_guest_get_state (fixture->guest), ==, HO_GUEST_STARTING);
  g_assert_true (finish (control, &result, &error));
  g_assert_cmpint (ho_guest_get_state (fixture->guest), ==, HO_GUEST_RUNNING);

  ho_guest_control_pause_async (control, fixture->guest, NULL, on_result, &result);
  g_assert_true (finish (control, &result, &error));
  g_assert_cmpint (ho_guest_get_state (fixture->guest), ==, HO_GUEST_PAUSED);
  ho_guest_control_stop_async (control, fixture->guest, FALSE, NULL, on_result, &result);
  g_assert_true (finish (control, &result, &error));
  g_assert_no_error (error);
  g_assert_cmpint (ho_guest_get_state (fixture->guest), ==, HO_GUEST_OFF);
}

static void
test_gates (Fixture *fixture, gconstpointer data)
{
  HoGuestControl *control = ho_core_get_control (fixture->core);
  g_autoptr (TestGate) first = g_object_new (TEST_TYPE_GATE, NULL);
  g_autoptr (TestGate) second = g_object_new (TEST_TYPE_GATE, NULL);
  int closed;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  ho_guest_control_add_gate (control, HO_START_GATE (first));
  ho_guest_control_add_gate (control, HO_START_GATE (second));
  ho_guest_control_stop_async (control, fixture->guest, TRUE, NULL, on_result, &result);
  g_assert_true (finish (control, &result, &error));
  g_assert_cmpint (first->closed, >=, 1);

  second->refuse = TRUE;
  closed = first->closed;
  ho_guest_control_start_async (control, fixture->guest, HO_START_NONE, NULL, on_result, &result);
  g_assert_false (finish (control, &result, &error));
  g_assert_error (error, HO_ERROR, HO_ERROR_REFUSED);
  g_assert_cmpint (ho_guest_get_state (fixture->guest), ==, HO_GUEST_OFF);
  g_assert_cmpint (first->opened, ==, 1);
  g_assert_cmpint (first->closed, >, closed);
}

static void
test_busy (Fixture *fixture, gconstpointer data)
{
  HoGuestControl *control = ho_core_get_control (fixture->core);
  g_autoptr (GAsyncResult) first = NULL;
  g_autoptr (GAsyncResult) second = NULL;
  g_autoptr (GError) error = NULL;

  ho_guest_control_stop_async (control, fixture->guest, FALSE, NULL, on_result, &first);
  ho_guest_control_start_async (control, fixture->guest, HO_START_NONE, NULL, on_result, &second);
  g_assert_false (finish (control, &second, &error));
  g_assert_error (error, HO_ERROR, HO_ERROR_BUSY);
  g_assert_true (finish (control, &first, NULL));
}

static void
test_find (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (ho_core_find_guest (fixture->core, "test", &error) == fixture->guest);
  g_assert_true (ho_core_find_guest (fixture->core, NULL, &error) == fixture->guest);
  g_assert_null (ho_core_find_guest (fixture->core, "nobody", &error));
  g_assert_error (error, HO_ERROR, HO_ERROR_NOT_FOUND);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/guest-control/life", Fixture, NULL, set_up, test_life, tear_down);
  g_test_add ("/guest-control/gates", Fixture, NULL, set_up, test_gates, tear_down);
  g_test_add ("/guest-control/busy", Fixture, NULL, set_up, test_busy, tear_down);
  g_test_add ("/guest-control/find", Fixture, NULL, set_up, test_find, tear_down);
  return g_test_run ();
}
