using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using Microsoft.AspNetCore.Html;
using Microsoft.DotNet.Interactive.Formatting;

namespace Phi4R.Notebooks.Sessions;

/// <summary>Holds everything that a notebook refers to: one context, so that each type exists once.</summary>
/// <remarks>
/// The framework, the formatters and the display functions are the kernel's own. All else comes from beside the file
/// that a <c>#r</c> named or from its package, even where the kernel has a copy. Files that may be rebuilt are loaded
/// from a copy. Native libraries are looked for there first: the runtime raises ResolvingUnmanagedDll only after the
/// system's own search, which would find a distribution's libtorch.
/// </remarks>
internal sealed class NotebookLoadContext(string temporaryFolder) : AssemblyLoadContext("notebook")
{
    private static readonly string Framework = RuntimeEnvironment.GetRuntimeDirectory();
    private static readonly HashSet<string> Own =
        [.. new[]
        {
            typeof(Formatter),
            typeof(IHtmlContent),
            typeof(NotebookLoadContext),
        }.Select(type => type.Assembly.GetName().Name!),
        // Extensions use them; by name, as they are loaded only where there is an extension. No reference of cells,
        // which write the dialect's names.
        "Microsoft.DotNet.Interactive", "Microsoft.DotNet.Interactive.Documents"];

    private readonly List<string> _folders = [];
    private readonly Dictionary<string, string> _files = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _copies = [];
    private readonly Dictionary<string, string> _natives = new(StringComparer.OrdinalIgnoreCase);
    private readonly Lock _lock = new();

    /// <summary>True for an assembly that is always the kernel's own.</summary>
    public static bool IsKernels(string name) =>
        Own.Contains(name) || File.Exists(Path.Combine(Framework, name + ".dll"));

    /// <summary>Registers a file that a notebook named; its neighbors are found as its dependencies.</summary>
    /// <returns>The copy, to compile against and to load.</returns>
    public string Add(string path)
    {
        lock (_lock)
        {
            var folder = Path.GetDirectoryName(path)!;
            if (!_folders.Contains(folder))
            {
                _folders.Add(folder);
            }

            _files[Path.GetFileNameWithoutExtension(path)] = path;
            return CopyOf(path);
        }
    }

    /// <summary>Registers files of packages, which never change and so are used where they are.</summary>
    public void AddPackages(IEnumerable<string> managed, IEnumerable<string> natives)
    {
        lock (_lock)
        {
            foreach (var path in managed)
            {
                _files.TryAdd(Path.GetFileNameWithoutExtension(path), path);
                _copies.TryAdd(path, path);
            }

            foreach (var path in natives)
            {
                _natives.TryAdd(Path.GetFileName(path), Gathered(path));
            }
        }
    }

    /// <summary>
    /// The file from which an assembly is loaded; null where the kernel's own is used or there is none.
    /// </summary>
    public string? Find(string name)
    {
        if (IsKernels(name))
        {
            return null;
        }

        lock (_lock)
        {
            return _files.TryGetValue(name, out var file) ? CopyOf(file)
                : _folders.Select(folder => Path.Combine(folder, name + ".dll"))
                    .FirstOrDefault(File.Exists) is { } beside ? CopyOf(beside)
                : null;
        }
    }

    /// <summary>The path as the notebook gave it, of a copy.</summary>
    public string OriginalOf(string copy)
    {
        lock (_lock)
        {
            return _copies.FirstOrDefault(pair => pair.Value == copy).Key ?? copy;
        }
    }

    protected override Assembly? Load(AssemblyName assemblyName) =>
        Find(assemblyName.Name!) is { } file ? LoadFromAssemblyPath(file) : null;

    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        string[] names = OperatingSystem.IsWindows() ? [unmanagedDllName, unmanagedDllName + ".dll"]
            : OperatingSystem.IsMacOS()
                ? [unmanagedDllName, $"lib{unmanagedDllName}.dylib", unmanagedDllName + ".dylib"]
            : [unmanagedDllName, $"lib{unmanagedDllName}.so", unmanagedDllName + ".so"];
        DllNotFoundException? failure = null;
        foreach (var name in names.Where(name => Path.GetFileName(name) == name))
        {
            string[] found;
            lock (_lock)
            {
                found = [.. Candidates(name).Where(File.Exists)];
            }

            foreach (var path in found)
            {
                try
                {
                    return NativeLibrary.Load(path);
                }
                catch (DllNotFoundException e)
                {
                    failure = e;
                }
            }
        }

        // One that is there and does not load is an error: the system's library of that name would be a worse one.
        return failure is null ? 0 : throw failure;
    }

    private IEnumerable<string> Candidates(string name) =>
    [
        .. _natives.TryGetValue(name, out var gathered)
            ? new[] { gathered, Path.Combine(AppContext.BaseDirectory, name) }
            : [],
        .. _folders.Select(folder => Path.Combine(folder, name)),
        .. _folders.Select(
            folder => Path.Combine(folder, "runtimes", RuntimeInformation.RuntimeIdentifier, "native", name)),
    ];

    private string CopyOf(string path)
    {
        if (!_copies.TryGetValue(path, out var copy))
        {
            var folder = Directory.CreateDirectory(
                Path.Combine(temporaryFolder, "copies",
                    _copies.Count.ToString(System.Globalization.CultureInfo.InvariantCulture)));
            copy = Path.Combine(folder.FullName, Path.GetFileName(path));
            File.Copy(path, copy);
            var symbols = Path.ChangeExtension(path, ".pdb");
            if (File.Exists(symbols))
            {
                File.Copy(symbols, Path.ChangeExtension(copy, ".pdb"));
            }

            _copies[path] = copy;
        }

        return copy;
    }

    /// <summary>
    /// Native files of all packages side by side, so that each finds its neighbors; linked, as some are half a
    /// gigabyte.
    /// </summary>
    private string Gathered(string path)
    {
        var folder = Directory.CreateDirectory(Path.Combine(temporaryFolder, "natives"));
        var link = Path.Combine(folder.FullName, Path.GetFileName(path));
        if (!File.Exists(link))
        {
            try
            {
                File.CreateSymbolicLink(link, path);
            }
            catch (IOException)
            {
                // Windows lets only developers make links.
                File.Copy(path, link);
            }
        }

        return link;
    }
}
