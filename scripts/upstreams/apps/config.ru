require_relative "echo"
run App
