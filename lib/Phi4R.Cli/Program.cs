using System.CommandLine;
using Phi4R.Cli;
using Phi4R.Foundation;

try
{
    HostOptions.Current = HostEnvironment.Read();
}
catch (ArgumentException problem)
{
    Console.Error.WriteLine($"phi4r: {problem.Message}");
    return 1;
}

using var telemetry = TelemetryExport.Start(HostOptions.Current.TelemetryEndpoint);
var root = Verbs.Root(args.FirstOrDefault());

// What a mistyped command gets is help on the standard error: the standard output holds answers only.
var command = root.Parse(args);
var code = command.Invoke(
    new InvocationConfiguration { Output = command.Errors.Count > 0 ? Console.Error : Console.Out });
return command.Errors.Count > 0 && EvalVerbs.Names.Contains(command.CommandResult.Command.Name)
    ? EvalVerbs.WrongWords
    : code;
