using System.CommandLine;
using Phi4R.Foundation;
using Phi4R.Notebooks.Checking;
using Phi4R.Notebooks.Jupyter;
using Phi4R.Notebooks.Running;

namespace Phi4R.Cli;

/// <summary>Running notebooks and serving the Jupyter kernel; each verb is one call into the library.</summary>
internal static class NotebookVerbs
{
    public static IEnumerable<Command> All() => [Run(), RunOne(), Kernel(), Notebook()];

    private static Command Run()
    {
        var notebooks = new Argument<string[]>("notebooks")
        {
            Description = "Notebooks to run; without any, notebooks/*.ipynb in the order of their names (with "
                + "--profile those that have one).",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var parameters = new Option<string[]>("-p", "--parameter")
        {
            Description = "name=value of a parameter that every notebook given declares.",
            AllowMultipleArgumentsPerToken = false,
        };
        var profile = new Option<string?>("--profile") { Description = "Short for -p profile=NAME." };
        var output = new Option<string>("--out")
        {
            Description = "Folder of the executed notebooks and pages.",
            DefaultValueFactory = _ => Path.Combine("runs", "notebooks"),
        };
        var timeout = new Option<double?>("--timeout") { Description = "Longest time of one cell, in seconds." };
        var strip = new Option<bool>("--strip-outputs")
        {
            Description = "Write the executed notebooks without outputs; the pages keep them.",
        };
        var inPlace = new Option<bool>("--in-place") { Description = "Write each executed notebook over its source." };
        var keepGoing = new Option<bool>("--keep-going") { Description = "Run the notebooks after one that failed." };
        var engine = new Option<CellEngine>("--engine")
        {
            Description = "What runs the cells: phi4r, or interactive, the C# kernel of .NET Interactive, whose cells "
                + "cannot be interrupted.",
            DefaultValueFactory = _ => CellEngine.Phi4R,
        };
        var command = new Command("run", "Runs notebooks and writes executed copies and pages.")
        {
            notebooks,
            parameters,
            profile,
            output,
            timeout,
            strip,
            inPlace,
            keepGoing,
            engine,
        };
        command.SetAction(words => Clearly(() =>
        {
            var paths = words.GetValue(notebooks) is { Length: > 0 } given ? given
                : [.. NotebookFiles.Default().Where(path => words.GetValue(profile) is null
                    || File.ReadAllText(path).Contains("string profile = ", StringComparison.Ordinal))];
            var failures = new NotebookBatch(new RunSettings
            {
                OutputFolder = words.GetValue(output)!,
                Engine = words.GetValue(engine),
                Parameters =
                    [.. NotebookFiles.Values(
                        [.. words.GetValue(parameters) ?? [], .. words.GetValue(profile) is { } name
                            ? [$"profile={(File.Exists(name) ? Path.GetFullPath(name) : name)}"]
                            : Array.Empty<string>()])],
                CellTimeout = words.GetValue(timeout) is not { } seconds
                    ? null
                    : seconds > 0 && seconds < 1e6 ? TimeSpan.FromSeconds(seconds)
                    : throw new ArgumentException($"--timeout is {seconds}; it must be seconds above 0."),
                StripOutputs = words.GetValue(strip),
                InPlace = words.GetValue(inPlace),
                KeepGoing = words.GetValue(keepGoing),
            }, ProgramCommand.Current(), new InertWriter(Console.Out)).Run(paths);
            foreach (var failure in failures)
            {
                Console.Error.WriteLine(TerminalText.Inert(failure));
            }

            return failures.Count == 0 ? 0 : 1;
        }));
        return command;
    }

    private static Command RunOne()
    {
        var rest = new Argument<string[]>("words") { Arity = ArgumentArity.OneOrMore };
        var command = new Command(NotebookChild.Verb, "Runs one notebook for the verb run.") { rest };
        command.Hidden = true;
        command.SetAction(words => Clearly(() =>
        {
            // A notebook's runs stand in the project that the notebook is part of, whence ever it is run.
            HostOptions.Current = HostEnvironment.Read(Path.GetDirectoryName(words.GetValue(rest)![0]));
            return NotebookChild.Run(words.GetValue(rest)!);
        }));
        return command;
    }

    private static Command Kernel()
    {
        var connection = new Argument<string>("connection_file")
        {
            Description = "The file that Jupyter writes for each kernel.",
        };
        var serve = new Command("serve", "Serves one kernel; front ends call this.") { connection };
        serve.SetAction(words => Clearly(() =>
        {
            using var supervisor = new KernelSupervisor(words.GetValue(connection)!, ProgramCommand.Current(),
                HostEnvironment.JupyterProcess);
            return supervisor.Run();
        }));

        var requests = new Argument<string>("requests")
        {
            Description = "The handle of the pipe that requests come from.",
        };
        var answers = new Argument<string>("answers") { Description = "The handle of the pipe that answers go to." };
        var supervised = new Command(KernelSupervisor.ChildVerb, "Runs the cells for the verb serve.")
        {
            requests,
            answers,
        };
        supervised.Hidden = true;
        supervised.SetAction(words => Clearly(() =>
        {
            KernelProcess.Serve(words.GetValue(requests)!, words.GetValue(answers)!, HostEnvironment.JupyterSession);
            Environment.Exit(0); // whatever threads a cell left behind
            return 0;
        }));

        var name = new Option<string>("--name")
        {
            Description = "The kernel's name.",
            DefaultValueFactory = _ => KernelSpecification.DefaultName,
        };
        var launcher = new Option<string?>("--command")
        {
            Description = "Absolute path of what starts phi4r; else PHI4R_LAUNCHER, else this very program.",
        };
        var force = new Option<bool>("--force")
        {
            Description = "Replace an entry of that name that another program wrote.",
        };
        var install = new Command("install", "Registers the kernel with Jupyter and VS Code, for this user.")
        {
            name,
            launcher,
            force,
        };
        install.SetAction(words => Clearly(() =>
        {
            var self = ProgramCommand.Current();
            var given = words.GetValue(launcher) ?? HostOptions.Current.Launcher;
            var result = KernelSpecification.Install(words.GetValue(name)!,
                given is { Length: > 0 } ? [Path.GetFullPath(given)] : [self.Program, .. self.Arguments],
                other => words.GetValue(force) || IsAllowed(words.GetValue(name)!, other),
                HostEnvironment.KernelsFolder);
            (result.Done ? Console.Out : Console.Error).WriteLine(result.Message);
            return result.Done ? 0 : 1;
        }));
        return new Command("kernel", "The C# kernel for Jupyter and VS Code.") { serve, supervised, install };
    }

    /// <summary>Asks the person at the terminal; without one the answer is no.</summary>
    private static bool IsAllowed(string name, string other)
    {
        if (Console.IsInputRedirected || Console.IsOutputRedirected)
        {
            return false;
        }

        Console.Write($"The kernel {name} belongs to another program ({other}). Replace it? [y/N] ");
        return Console.ReadLine()?.Trim().ToUpperInvariant() is "Y" or "YES";
    }

    private static Command Notebook()
    {
        var notebooks = new Argument<string[]>("notebooks")
        {
            Description = "Notebooks to check; without any, notebooks/*.ipynb.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var check = new Command("check", "Says what keeps notebooks from opening with the right kernel, or from "
            + "running in .NET Interactive too.")
        {
            notebooks,
        };
        check.SetAction(words => Clearly(() =>
        {
            var paths = words.GetValue(notebooks) is { Length: > 0 } given ? given : NotebookFiles.Default();
            string[] problems = [.. paths.SelectMany(NotebookCheck.Problems)];
            foreach (var problem in problems)
            {
                Console.Error.WriteLine(TerminalText.Inert(problem));
            }

            Console.WriteLine(problems.Length == 0
                ? $"{paths.Length} notebooks are well."
                : $"{problems.Length} things to fix in {paths.Length} notebooks.");
            return problems.Length == 0 ? 0 : 1;
        }));
        return new Command("notebook", "Looking after notebooks.") { check };
    }

    /// <summary>What the person can mend is one line, not a trace.</summary>
    private static int Clearly(Func<int> verb)
    {
        try
        {
            return verb();
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException or IOException
            or UnauthorizedAccessException)
        {
            Console.Error.WriteLine(TerminalText.Inert(e.Message));
            return 1;
        }
    }
}
