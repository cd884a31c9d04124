/* SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "handover-doctor"

#include "checks.h"

#include <string.h>
#include <unistd.h>

#include <glib/gi18n.h>

static void
run_cpu (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *model = ho_host_cpu_field (context->host, "model name");
  g_autofree char *flags = ho_host_cpu_field (context->host, "flags");

  if (!context->local)
    return;
  if (flags == NULL)
    ho_finding_say (finding, HO_VERDICT_UNKNOWN,
                    _ ("/proc/cpuinfo has no flags of this processor"));
  else if (ho_host_cpu_flag (context->host, "vmx"))
    ho_finding_say (finding, HO_VERDICT_OK, "VT-x (vmx), %s", model != NULL ? model : "?");
  else if (ho_host_cpu_flag (context->host, "svm"))
    ho_finding_say (finding, HO_VERDICT_OK, "AMD-V (svm), %s", model != NULL ? model : "?");
  else
    {
      ho_finding_say (finding, HO_VERDICT_ERROR, _ ("neither vmx nor svm in /proc/cpuinfo: %s"),
                      model != NULL ? model : "?");
      ho_finding_advise (finding, _ ("Switch on VT-x (Intel) or SVM (AMD) in the firmware set-up "
                                     "of the mainboard."));
    }
}

const HoCheck ho_check_cpu_virtualisation = {
  .id = "cpu-virtualisation",
  .family = HO_FAMILY_VIRTUALISATION,
  .title = N_ ("Can the processor run guests?"),
  .verdicts = HO_CAN_OK | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("Without it QEMU translates every instruction, and a guest is too slow to use."),
  .source = "https://docs.kernel.org/virt/kvm/index.html",
  .run = run_cpu,
};

static void
run_kvm (const HoDoctorContext *context, HoFinding *finding)
{
  gboolean intel = ho_host_cpu_flag (context->host, "vmx");

  if (!context->local)
    return;
  if (ho_host_exists (context->host, "/dev/kvm"))
    {
      ho_finding_say (finding, HO_VERDICT_OK, "/dev/kvm");
      return;
    }
  if (!ho_host_exists (context->host, "/sys/module"))
    {
      ho_finding_say (finding, HO_VERDICT_UNKNOWN, _ ("neither /dev/kvm nor /sys can be seen"));
      return;
    }
  ho_finding_say (finding, HO_VERDICT_ERROR,
                  ho_host_module (context->host, "kvm")
                      ? _ ("the module kvm is loaded, but there is no /dev/kvm")
                      : _ ("there is no /dev/kvm, and the module kvm is not loaded"));
  ho_finding_advise (finding, "sudo modprobe %s && sudo dmesg | grep -i kvm",
                     intel ? "kvm_intel" : "kvm_amd");
}

const HoCheck ho_check_kvm = {
  .id = "kvm",
  .family = HO_FAMILY_VIRTUALISATION,
  .title = N_ ("Is KVM there?"),
  .verdicts = HO_CAN_OK | HO_CAN_ERROR | HO_CAN_UNKNOWN,
  .why = N_ ("KVM is what runs a guest on the processor itself."),
  .source = "https://docs.kernel.org/virt/kvm/index.html",
  .run = run_kvm,
};

/* A session's libvirt runs QEMU as the user, who may not be allowed to; the system's opens it. */
static gboolean
can_use_kvm (const HoDoctorContext *context)
{
  g_autofree char *node = ho_host_path (context->host, "/dev/kvm");
  gboolean session = context->uri != NULL && strstr (context->uri, ":///session") != NULL;

  return context->local && access (node, session ? R_OK | W_OK : F_OK) == 0;
}

static void
run_kvm_used (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *type = ho_xml_text (context->definition, "/domain/@type");

  if (type == NULL)
    return;
  if (g_str_equal (type, "kvm"))
    ho_finding_say (finding, HO_VERDICT_OK, "<domain type='kvm'>");
  else if (g_str_equal (type, "qemu"))
    {
      ho_finding_say (finding, HO_VERDICT_WARNING, "<domain type='qemu'>");
      if (can_use_kvm (context))
        ho_finding_offer (finding, _ ("Change the guest's XML to <domain type='kvm'>."));
      else
        ho_finding_advise (finding, _ ("Make KVM work first, then change the guest's XML to "
                                       "<domain type='kvm'>."));
    }
  else
    ho_finding_say (finding, HO_VERDICT_UNKNOWN, "<domain type='%s'>", type);
}

static gboolean
fix_kvm_used (xmlDoc *doc, gpointer data, GError **error)
{
  ho_xml_set_attribute (xmlDocGetRootElement (doc), "type", "kvm");
  return TRUE;
}

const HoCheck ho_check_kvm_used = {
  .id = "kvm-used",
  .family = HO_FAMILY_VIRTUALISATION,
  .title = N_ ("Does the guest use KVM?"),
  .verdicts = HO_CAN_OK | HO_CAN_WARNING | HO_CAN_UNKNOWN,
  .why = N_ ("Without KVM QEMU translates every instruction, and a guest is too slow to use."),
  .source = "https://libvirt.org/formatdomain.html#general-metadata",
  .run = run_kvm_used,
  .fix = fix_kvm_used,
  .touches = "/domain/@type",
};

static void
run_msrs (const HoDoctorContext *context, HoFinding *finding)
{
  g_autofree char *value = ho_host_read (context->host, "/sys/module/kvm/parameters/ignore_msrs");

  if (!context->local)
    return;
  if (!ho_host_module (context->host, "kvm"))
    return;
  if (value == NULL)
    ho_finding_say (finding, HO_VERDICT_UNKNOWN,
                    _ ("/sys/module/kvm/parameters/ignore_msrs cannot be read"));
  else if (g_str_equal (value, "Y") || g_str_equal (value, "1"))
    ho_finding_say (finding, HO_VERDICT_OK, "kvm ignore_msrs=%s", value);
  else
    {
      ho_finding_say (finding, HO_VERDICT_ADVICE, "kvm ignore_msrs=%s", value);
      ho_finding_advise (finding, "echo 'options kvm ignore_msrs=1' | sudo tee "
                                  "/etc/modprobe.d/kvm.conf\n"
                                  "echo 1 | sudo tee /sys/module/kvm/parameters/ignore_msrs");
    }
}

const HoCheck ho_check_kvm_msrs = {
  .id = "kvm-ignore-msrs",
  .family = HO_FAMILY_VIRTUALISATION,
  .title = N_ ("Does KVM let guests ask for registers that it does not have?"),
  .verdicts = HO_CAN_OK | HO_CAN_ADVICE | HO_CAN_UNKNOWN,
  .why = N_ ("Some Windows drivers, games and benchmarks read model-specific registers; refused, "
             "they crash the guest with a blue screen."),
  .source = "https://docs.kernel.org/admin-guide/kernel-parameters.html",
  .run = run_msrs,
};
