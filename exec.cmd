@rem cmd.exe has no exec, which the script "start" of package.json needs elsewhere: this stands in for it.
@%*
