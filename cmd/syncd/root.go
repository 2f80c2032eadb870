package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"github.com/directory-sync/syncd/config"
	"github.com/directory-sync/syncd/state"
)

// defaultConfig is where the configuration is unless somebody says otherwise.
const defaultConfig = "/etc/syncd/syncd.yaml"

// The forms of output.
const (
	formText     = "text"
	formJSON     = "json"
	formMarkdown = "markdown" // of a plan
	formHTML     = "html"     // of a plan
)

// An app is the command line while it runs: the environment and the flags that
// all commands share.
type app struct {
	*environment
	config    string
	set       []string
	output    string
	color     string
	logFormat string
	verbose   bool
	quiet     bool
	timeout   time.Duration

	secretsUnread bool // of check

	loadConfig func() (*config.Config, error) // nil: from the file
	began      bool                           // the command line was understood
	log        *zap.Logger
}

// run carries out a command line and returns the exit code. It is the one
// place where errors are told.
func run(ctx context.Context, env *environment, args []string) int {
	kept := &keptWriter{w: env.stdout}
	own, width := *env, env.width
	own.stdout = kept
	own.width = func(w io.Writer) int {
		if w == io.Writer(kept) {
			w = kept.w
		}
		return width(w)
	}
	a := &app{environment: &own}
	env = &own
	root := a.root()
	root.SetArgs(args)
	root.SetIn(env.stdin)
	root.SetOut(env.stdout)
	root.SetErr(env.stderr)
	err := root.ExecuteContext(ctx)
	if err != nil && !a.began {
		err = usageError{err}
	}
	if kept.err != nil {
		err = errors.Join(fmt.Errorf("write the output: %w; what was done is in the journal", kept.err), err)
	}
	a.tell(err)
	return exitCode(err)
}

// A keptWriter keeps the first error of what is written, so that a full disk is
// not taken for success.
type keptWriter struct {
	w   io.Writer
	err error
}

// Write implements [io.Writer].
func (k *keptWriter) Write(p []byte) (int, error) {
	n, err := k.w.Write(p)
	if k.err == nil {
		k.err = err
	}
	return n, err
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "syncd",
		Short: "Keep a Mattermost server's accounts in step with a company's directory",
		Long: `syncd reads people from a directory, compares them with the accounts of a
Mattermost server, and creates, changes and deactivates accounts. It shows its
plan first, refuses what looks like an accident and remembers what it did.

To see it work, with no server and no configuration:  syncd demo`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", ".FlagUsagesWrapped 80"))
	flags := root.PersistentFlags()
	flags.StringVarP(&a.config, "config", "c", "", "configuration file, - for standard input (default $SYNCD_CONFIG or "+defaultConfig+")")
	flags.StringArrayVar(&a.set, "set", nil, "`KEY=VALUE` to use instead of the file's, limits.create.floor=500 for example")
	flags.StringVarP(&a.output, "output", "o", formText, "form of the output: text, json; of a plan also markdown, html")
	flags.StringVar(&a.color, "color", "auto", "color: auto, always, never")
	flags.StringVar(&a.logFormat, "log-format", "auto", "form of log lines: auto, text, logfmt, json")
	flags.BoolVarP(&a.verbose, "verbose", "v", false, "show everybody, and log more")
	flags.BoolVarP(&a.quiet, "quiet", "q", false, "print only what went wrong: refused, held, not done")
	flags.DurationVar(&a.timeout, "timeout", 0, "stop in an orderly way after this long, 10m for example")
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.begin(cmd) }
	root.AddCommand(a.planCommand(), a.applyCommand(), a.syncCommand(), a.adoptCommand(), a.runCommand(), a.checkCommand(),
		a.explainCommand(), a.drillCommand(), a.journalCommand(), a.undoCommand(), a.pendingCommand(), a.revokeCommand(), a.strangersCommand(), a.migrateAuthCommand(),
		a.stateCommand(), a.doctorCommand(), a.notifyCommand(), a.metricsCommand(), a.initCommand(), a.demoCommand(), a.versionCommand(), a.manualCommand())
	root.CompletionOptions.HiddenDefaultCmd = false
	offer(root, "output", outputs())
	offer(root, "color", colorModes())
	offer(root, "log-format", logFormats())
	completeShells(root)
	return root
}

// begin checks the flags that all commands share. After it, an error is no
// longer one of usage.
func (a *app) begin(cmd *cobra.Command) error {
	if err := oneOf("--output", a.output, forms(cmd)...); err != nil {
		return err
	}
	if err := oneOf("--color", a.color, colorModes()...); err != nil {
		return err
	}
	if err := oneOf("--log-format", a.logFormat, logFormats()...); err != nil {
		return err
	}
	if a.timeout < 0 {
		return fmt.Errorf("--timeout is %s: want more than nothing", a.timeout)
	}
	if a.config == "" {
		a.config = a.getenv("SYNCD_CONFIG")
	}
	if a.config == "" {
		a.config = defaultConfig
	}
	a.log = a.newLogger(cmd.Name() == "run")
	a.began = true
	return nil
}

func oneOf(flag, got string, want ...string) error {
	for _, w := range want {
		if got == w {
			return nil
		}
	}
	return fmt.Errorf("%s is %q: want %s", flag, got, anyOf(want))
}

// anyOf writes words as "a, b or c".
func anyOf(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// limit bounds a command's time as --timeout says.
func (a *app) limit(ctx context.Context) (context.Context, context.CancelFunc) {
	if a.timeout == 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeoutCause(ctx, a.timeout, timeoutError(a.timeout))
}

// A timeoutError is why a context ended that --timeout bounds.
type timeoutError time.Duration

// Error says who stopped the run.
func (e timeoutError) Error() string { return "stopped by --timeout " + short(time.Duration(e)) }

// Is lets the error be what ends any context at its time.
func (e timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

// short writes a duration as people do: 10m, not 10m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// load reads the configuration.
func (a *app) load() (*config.Config, error) {
	if a.loadConfig != nil {
		return a.loadConfig()
	}
	c, err := config.Load(a.config, a.stdin, a.set, a.checkSchedule)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, configFailure{fmt.Errorf("%w: name one with -c FILE; config.example.yaml shows every key", err)}
	}
	if err != nil && !errors.As(err, new(config.Errors)) {
		return nil, configFailure{err}
	}
	return c, err
}

// tell prints an error that nobody has printed yet.
func (a *app) tell(err error) {
	var faults config.Errors
	switch {
	case err == nil, errors.As(err, new(silentExit)):
	case errors.As(err, &faults):
		fmt.Fprintf(a.complaints(), "%+v\n", faults)
	case errors.As(err, new(usageError)):
		a.complain(fmt.Sprintf("syncd: %v\nRun syncd --help, or syncd COMMAND --help.", err))
	case a.timeout > 0 && errors.Is(err, context.DeadlineExceeded) && !errors.As(err, new(timeoutError)):
		a.complain(fmt.Sprintf("syncd: %v (%v)", timeoutError(a.timeout), err))
	default:
		a.complain(fmt.Sprintf("syncd: %v", err))
	}
}

// complain prints an error. On a terminal its lines break between words; what
// programs read has them as they are.
func (a *app) complain(text string) {
	if width := a.width(a.stderr); width > 0 {
		lines := strings.Split(text, "\n")
		for i, line := range lines {
			lines[i] = (&paper{width: width}).broken(0, strings.Fields(line))
		}
		text = strings.Join(lines, "\n")
	}
	fmt.Fprintln(a.complaints(), text)
}

// out is where a command's own output goes.
func (a *app) out() io.Writer {
	if a.quiet {
		return io.Discard
	}
	return a.stdout
}

// loadWithState loads the configuration and opens the state that it names, for
// commands that only read it.
func (a *app) loadWithState(ctx context.Context) (*config.Config, *state.Reader, error) {
	c, err := a.load()
	if err != nil {
		return nil, nil, err
	}
	memory, err := state.OpenReader(ctx, c.State)
	return c, memory, err
}
