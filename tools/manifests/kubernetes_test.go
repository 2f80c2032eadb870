// Package manifests_test checks what is for other programs to read, with the
// types of those programs: Kubernetes, the Prometheus operator, Compose. It is
// here because they are larger than syncd, which needs none of them.
package manifests_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	network "k8s.io/api/networking/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"sigs.k8s.io/json"
	"sigs.k8s.io/yaml"
)

const folder = "../../deploy/kubernetes"

// An object is a document of a manifest.
type object struct {
	file string
	meta.TypeMeta
	meta.ObjectMeta `json:"metadata"`
	text            []byte
}

// objects reads all manifests, by kind.
func objects(t *testing.T) map[string]object {
	t.Helper()
	all := make(map[string]object)
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for doc := range strings.SplitSeq(string(text), "\n---\n") {
			o := object{file: filepath.Base(file), text: []byte(doc)}
			if err := yaml.Unmarshal(o.text, &o); err != nil || o.Kind == "" {
				t.Fatalf("%s: %v, kind %q", file, err, o.Kind)
			}
			if _, twice := all[o.Kind]; twice {
				t.Fatalf("%s: a second %s", file, o.Kind)
			}
			all[o.Kind] = o
		}
	}
	return all
}

// strictly decodes as the API does: a key in another case is another key, which
// the YAML library would let pass.
func strictly(text []byte, into any) error {
	converted, err := yaml.YAMLToJSONStrict(text)
	if err != nil {
		return err
	}
	mistakes, err := json.UnmarshalStrict(converted, into)
	return errors.Join(append(mistakes, err)...)
}

// kinds are the API's types of what is there.
func kinds() map[string]any {
	return map[string]any{
		"v1 ConfigMap": &core.ConfigMap{}, "v1 PersistentVolumeClaim": &core.PersistentVolumeClaim{}, "v1 Service": &core.Service{},
		"apps/v1 Deployment": &apps.Deployment{}, "batch/v1 CronJob": &batch.CronJob{},
		"networking.k8s.io/v1 NetworkPolicy":      &network.NetworkPolicy{},
		"monitoring.coreos.com/v1 ServiceMonitor": &monitoring.ServiceMonitor{},
	}
}

// TestEveryKeyIsTheAPIs: decoded strictly, no key is misspelled or in the wrong
// place, and no value has the wrong type.
func TestEveryKeyIsTheAPIs(t *testing.T) {
	seen := 0
	for kind, o := range objects(t) {
		if kind == "Kustomization" {
			continue
		}
		into, ok := kinds()[o.APIVersion+" "+kind]
		if !ok {
			t.Errorf("%s: there is no %s in %s", o.file, kind, o.APIVersion)
			continue
		}
		if err := strictly(o.text, into); err != nil {
			t.Errorf("%s: %s: %v", o.file, kind, err)
		}
		seen++
	}
	if seen != len(kinds()) {
		t.Errorf("got %d kinds, want %d", seen, len(kinds()))
	}
}

// TestAMisspelledKeyIsFound sees to it that the decoding is as strict as it
// claims to be.
func TestAMisspelledKeyIsFound(t *testing.T) {
	text := strings.Replace(string(objects(t)["Deployment"].text), "readOnlyRootFilesystem", "readOnlyRootFileSystem", 1)
	if err := strictly([]byte(text), &apps.Deployment{}); err == nil {
		t.Error("a misspelled key is not found")
	}
}

func decode[T any](t *testing.T, kind string) T {
	t.Helper()
	var v T
	if err := strictly(objects(t)[kind].text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestOneDaemonAtATime: the state has one writer, on one node.
func TestOneDaemonAtATime(t *testing.T) {
	d := decode[apps.Deployment](t, "Deployment")
	if *d.Spec.Replicas != 1 || d.Spec.Strategy.Type != apps.RecreateDeploymentStrategyType {
		t.Errorf("got %d replicas, replaced by %s, want one, ended first", *d.Spec.Replicas, d.Spec.Strategy.Type)
	}
	c := decode[batch.CronJob](t, "CronJob")
	if c.Spec.ConcurrencyPolicy != batch.ForbidConcurrent || *c.Spec.JobTemplate.Spec.BackoffLimit != 0 {
		t.Errorf("got %+v, want one run at a time, without tries of its own", c.Spec)
	}
	claim := decode[core.PersistentVolumeClaim](t, "PersistentVolumeClaim")
	if !slices.Equal(claim.Spec.AccessModes, []core.PersistentVolumeAccessMode{core.ReadWriteOnce}) {
		t.Errorf("got the access modes %v", claim.Spec.AccessModes)
	}
}

// pods returns the pods of both ways to run.
func pods(t *testing.T) map[string]core.PodTemplateSpec {
	t.Helper()
	return map[string]core.PodTemplateSpec{
		"Deployment": decode[apps.Deployment](t, "Deployment").Spec.Template,
		"CronJob":    decode[batch.CronJob](t, "CronJob").Spec.JobTemplate.Spec.Template,
	}
}

// TestPodsAreRestricted: as the "restricted" level of Kubernetes' Pod Security
// Standards asks, and a bit more.
func TestPodsAreRestricted(t *testing.T) {
	for name, pod := range pods(t) {
		s, c := pod.Spec.SecurityContext, pod.Spec.Containers[0].SecurityContext
		for what, ok := range map[string]bool{
			"runs as somebody":          *s.RunAsNonRoot && *s.RunAsUser == 65532 && *s.FSGroup == 65532,
			"has the default seccomp":   s.SeccompProfile.Type == core.SeccompProfileTypeRuntimeDefault,
			"cannot gain rights":        !*c.AllowPrivilegeEscalation && slices.Equal(c.Capabilities.Drop, []core.Capability{"ALL"}),
			"cannot write its image":    *c.ReadOnlyRootFilesystem,
			"has no token of the API":   !*pod.Spec.AutomountServiceAccountToken,
			"has one container":         len(pod.Spec.Containers) == 1 && len(pod.Spec.InitContainers) == 0,
			"has a bound on its memory": !pod.Spec.Containers[0].Resources.Limits.Memory().IsZero(),
		} {
			if !ok {
				t.Errorf("%s: it is not so that it %s", name, what)
			}
		}
	}
}

// TestMountsAndNamesMeet: what a pod mounts is there, what selects it finds it,
// and what it asks for by name exists.
func TestMountsAndNamesMeet(t *testing.T) {
	all := objects(t)
	for name, pod := range pods(t) {
		volumes := make(map[string]core.Volume)
		for _, v := range pod.Spec.Volumes {
			volumes[v.Name] = v
		}
		for _, m := range pod.Spec.Containers[0].VolumeMounts {
			if _, ok := volumes[m.Name]; !ok {
				t.Errorf("%s: there is no volume %s", name, m.Name)
			}
			delete(volumes, m.Name)
		}
		if len(volumes) > 0 {
			t.Errorf("%s: nobody mounts %v", name, slices.Collect(maps.Keys(volumes)))
		}
		for _, v := range pod.Spec.Volumes {
			switch {
			case v.ConfigMap != nil && v.ConfigMap.Name != all["ConfigMap"].Name,
				v.PersistentVolumeClaim != nil && v.PersistentVolumeClaim.ClaimName != all["PersistentVolumeClaim"].Name,
				v.Secret != nil && *v.Secret.DefaultMode != 0o400:
				t.Errorf("%s: volume %s refers to nothing, or others can read it", name, v.Name)
			}
		}
	}
	d, service := decode[apps.Deployment](t, "Deployment"), decode[core.Service](t, "Service")
	pod, job := labels.Set(d.Spec.Template.Labels), labels.Set(pods(t)["CronJob"].Labels)
	for what, selector := range map[string]map[string]string{
		"deployment": d.Spec.Selector.MatchLabels, "service": service.Spec.Selector,
		"network policy": decode[network.NetworkPolicy](t, "NetworkPolicy").Spec.PodSelector.MatchLabels,
	} {
		if s := labels.SelectorFromSet(selector); !s.Matches(pod) || s.Matches(job) {
			t.Errorf("the %s selects %v", what, selector)
		}
	}
	monitor := decode[monitoring.ServiceMonitor](t, "ServiceMonitor")
	if !labels.SelectorFromSet(monitor.Spec.Selector.MatchLabels).Matches(labels.Set(service.Labels)) || monitor.Spec.Endpoints[0].Port != service.Spec.Ports[0].Name {
		t.Error("the service monitor does not find the service")
	}
}

// TestKustomizationNamesFiles: what it refers to, in comments too, is there.
func TestKustomizationNamesFiles(t *testing.T) {
	found := regexp.MustCompile(`\b[a-z]+\.yaml\b`).FindAllString(string(objects(t)["Kustomization"].text), -1)
	slices.Sort(found)
	found = slices.Compact(found)
	if want := []string{"config.yaml", "cronjob.yaml", "deployment.yaml", "servicemonitor.yaml"}; !slices.Equal(found, want) {
		t.Errorf("got %v, want %v", found, want)
	}
}
