using System.Diagnostics;
using Phi4R.Notebooks.Documents;
using Phi4R.Notebooks.Jupyter;
using Phi4R.Tests.House;

namespace Phi4R.Tests.Notebooks;

/// <summary>
/// Jupyter's own client (Debian's python3-nbclient), where the machine has it: a second opinion on the wire protocol
/// and the file format.
/// </summary>
public sealed class OtherClientTests
{
    private const string Python = "/usr/bin/python3";

    private const string Client = """
        import sys, nbformat
        from nbclient import NotebookClient
        notebook = nbformat.read(sys.argv[1], as_version=4)
        NotebookClient(notebook, timeout=60, kernel_name='.net-csharp').execute()
        nbformat.validate(notebook)
        nbformat.write(notebook, sys.argv[1])
        """;

    [FactWhere("Jupyter's client for Debian's Python: apt-get install python3-nbclient",
        $"{Python} -c 'import nbclient'")]
    public void A_notebook_gives_the_same_outputs_under_nbclient_as_under_our_runner()
    {
        using var folder = new WrittenNotebooks();
        KernelSpecification.Install(KernelSpecification.DefaultName,
            ["dotnet", Path.Combine(AppContext.BaseDirectory, "phi4r.dll")], _ => false, folder.At("kernels"));
        var path = folder.Write("a.ipynb",
            ["Console.WriteLine(\"text\"); var p = display(HTML(\"<i>old</i>\"));",
                "p.Update(HTML(\"<i>new</i>\")); 6 * 7"]);
        var (code, said) = Run("-c", Client, path, folder.Folder);
        Assert.True(code == 0, said);
        var theirs = Notebook.Read(path);

        new Phi4R.Notebooks.Running.NotebookRun(new() { OutputFolder = folder.At("out") }, TextWriter.Null).Run(path);
        var ours = Notebook.Read(folder.At("out/a.ipynb"));
        Assert.Equal(theirs.Cells.Select(cell => cell.Outputs.ToJsonString()),
            ours.Cells.Select(cell => cell.Outputs.ToJsonString()));
    }

    private static (int Code, string Said) Run(
        string option, string script, string? notebook = null, string? data = null)
    {
        var start = new ProcessStartInfo(Python,
            [option, script, .. notebook is null ? Array.Empty<string>() : [notebook]])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["JUPYTER_DATA_DIR"] = data;
        using var process = Process.Start(start)!;
        var printed = process.StandardOutput.ReadToEndAsync();
        var said = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, said + printed.Result);
    }
}
