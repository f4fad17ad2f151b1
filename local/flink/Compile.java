import java.io.File;
import org.codehaus.commons.compiler.util.resource.FileResource;
import org.codehaus.commons.compiler.util.resource.Resource;
import org.codehaus.janino.Compiler;

/** Compiles files: `Compile DIRECTORY CLASSPATH FILE…`. Janino, which runs this from its source, has no program for that. */
public class Compile {
    public static void main(String[] arguments) throws Exception {
        String[] names = arguments[1].split(File.pathSeparator);
        File[] path = new File[names.length];
        for (int index = 0; index < names.length; index++) path[index] = new File(names[index]);
        Resource[] sources = new Resource[arguments.length - 2];
        for (int index = 0; index < sources.length; index++) sources[index] = new FileResource(new File(arguments[index + 2]));
        Compiler compiler = new Compiler();
        // Of Java 8: interfaces have methods.
        compiler.setSourceVersion(8);
        compiler.setTargetVersion(8);
        compiler.setDestinationDirectory(new File(arguments[0]), false);
        compiler.setClassPath(path);
        compiler.compile(sources);
    }
}
